/**
 * What the elements need of a client: the part of `createClient()`'s result (../parley/README.md) that they use, so that
 * anything with these members will do.
 */

/**
 * @typedef {"waiting" | "failed" | "sent" | "delivered" | "read" | "received"} MessageState
 *
 * @typedef {{ id: string, conversation: string, sender: string, mine: boolean, text: string, media: string[],
 *   at: number | null, seq: number | null, state: MessageState, code?: string | null, reason?: string | null }} Message
 *
 * @typedef {{ media: string, type: string, state: string, thumbnail: string, url: string, expires: number, width: number,
 *   height: number, size: number, reason?: string }} Media
 *
 * @typedef {{ online: boolean, seen: number | null }} Online
 *
 * @typedef {{ user: string, name: string, photo: string, online?: boolean, seen?: number | null }} Person
 *
 * @typedef {{ conversation: string, other: Partial<Person> & { user: string }, last: { seq: number, at: number, sender: string, preview: string } | null,
 *   unread: number, muted: number, archived: boolean, pinned: boolean }} InboxRow
 *
 * @typedef {{ id: string, seq: number, unread: number,
 *   last: { sender: string, at: number, seq: number, body: Record<string, any> } | null }} HeldConversation
 *
 * @typedef {{
 *   readUser(user: string): Promise<any>,
 *   readMedia(media: string): Promise<any>,
 *   changeConversation(conversation: string, changes: Record<string, unknown>): Promise<any>,
 *   listProviders(category: string): AsyncIterable<any>,
 * }} Rest
 *
 * @typedef {{
 *   user: string,
 *   state: string,
 *   readonly rest: Rest | null,
 *   on(type: "*", handler: (event: any) => void): () => void,
 *   messages(where: string, options?: { before?: number, limit?: number }): Promise<Message[]>,
 *   conversations(): Promise<HeldConversation[]>,
 *   inbox(options?: { archived?: boolean }): Promise<InboxRow[]>,
 *   send(where: string, content: { text?: string, media?: string[], id?: string }): Promise<string>,
 *   resend(id: string): Promise<unknown>,
 *   dismiss(id: string): Promise<unknown>,
 *   markRead(where: string, seq?: number): Promise<unknown>,
 *   typing(where: string): unknown,
 *   presence(users: string[]): Promise<Record<string, Online> | null>,
 *   upload(file: Blob, where: string, options: { onProgress?: (sent: number, size: number) => void, signal?: AbortSignal }):
 *     Promise<any>,
 * }} Client
 *
 * @typedef {{
 *   user: string | null,
 *   signUp(email: string, password: string, options: { name: string }): Promise<unknown>,
 *   confirm(email: string, code: string): Promise<unknown>,
 *   resendCode(email: string): Promise<unknown>,
 *   forgotPassword?(email: string): Promise<unknown>,
 *   resetPassword?(email: string, code: string, password: string): Promise<unknown>,
 *   signIn(email: string, password: string): Promise<string>,
 *   signOut(): Promise<unknown>,
 * }} Auth
 *
 * @typedef {typeof import("./strings.js").english} Strings
 */

export {};
