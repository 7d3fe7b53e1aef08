/**
 * A phone's network, which can be cut: the sockets that its client opens, and its requests.
 */

/** What a client is given in place of a `WebSocket`. It ends as a socket ends whose network is gone: 1006, no goodbye. */
class PhoneSocket extends EventTarget {
  /** @type {((event: Event) => void) | null} */
  onopen = null;
  /** @type {((event: MessageEvent) => void) | null} */
  onmessage = null;
  /** @type {((event: Event) => void) | null} */
  onerror = null;
  /** @type {((event: CloseEvent) => void) | null} */
  onclose = null;
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {number} */
  #state = WebSocket.CONNECTING;
  #seen;

  /**
   * @param {string} url
   * @param {string | string[]} protocols
   * @param {boolean} reachable
   * @param {(direction: "out" | "in", text: string) => void} seen
   */
  constructor(url, protocols, reachable, seen) {
    super();
    this.#seen = seen;
    if (!reachable) {
      setTimeout(() => this.cut(), 60);
      return;
    }
    const socket = new WebSocket(url, protocols);
    this.#socket = socket;
    socket.onopen = () => {
      this.#state = WebSocket.OPEN;
      this.#tell(new Event("open"));
    };
    socket.onmessage = ({ data }) => {
      seen("in", data);
      this.#tell(new MessageEvent("message", { data }));
    };
    socket.onerror = () => this.#tell(new Event("error"));
    socket.onclose = ({ code, reason, wasClean }) => this.#end({ code, reason, wasClean });
  }

  get readyState() {
    return this.#state;
  }

  get protocol() {
    return this.#socket?.protocol ?? "";
  }

  get bufferedAmount() {
    return this.#socket?.bufferedAmount ?? 0;
  }

  /** @param {string} data */
  send(data) {
    if (this.#state !== WebSocket.OPEN || !this.#socket) throw new DOMException("not open", "InvalidStateError");
    this.#seen("out", data);
    this.#socket.send(data);
  }

  /**
   * @param {number} [code]
   * @param {string} [reason]
   */
  close(code, reason) {
    if (this.#state === WebSocket.CLOSED) return;
    this.#state = WebSocket.CLOSING;
    if (this.#socket) this.#socket.close(code, reason);
    else this.cut();
  }

  /** The network is gone. */
  cut() {
    if (this.#socket) {
      this.#socket.onopen = this.#socket.onmessage = this.#socket.onerror = this.#socket.onclose = null;
      this.#socket.close();
    }
    if (this.#state === WebSocket.CLOSED) return;
    this.#tell(new Event("error"));
    this.#end({ code: 1006, reason: "", wasClean: false });
  }

  /** @param {{ code: number, reason: string, wasClean: boolean }} how */
  #end(how) {
    if (this.#state === WebSocket.CLOSED) return;
    this.#state = WebSocket.CLOSED;
    this.#tell(new CloseEvent("close", how));
  }

  /** @param {Event} event */
  #tell(event) {
    /** @type {Record<string, any>} */ (this)[`on${event.type}`]?.(event);
    this.dispatchEvent(event);
  }
}

/** What one phone is connected to. */
export class Network {
  #up = true;
  #gone = new AbortController();
  /** @type {Set<PhoneSocket>} */
  #sockets = new Set();
  #seen;

  /** @param {(direction: "out" | "in", text: string) => void} seen called with each frame */
  constructor(seen) {
    this.#seen = seen;
  }

  get up() {
    return this.#up;
  }

  /** Refuses new sockets and requests from now on; open sockets stay as they are, for the server to lose. */
  refuse() {
    this.#up = false;
  }

  /** Ends what is open, sockets and requests. */
  cut() {
    this.refuse();
    this.#gone.abort(new TypeError("Failed to fetch"));
    this.#gone = new AbortController();
    for (const socket of this.#sockets) socket.cut();
  }

  restore() {
    this.#up = true;
  }

  /**
   * @param {string} url
   * @param {string | string[]} protocols
   */
  socket = (url, protocols) => {
    const socket = new PhoneSocket(url, protocols, this.#up, this.#seen);
    this.#sockets.add(socket);
    socket.addEventListener("close", () => this.#sockets.delete(socket));
    return socket;
  };

  /** @type {typeof fetch} */
  fetch = async (where, options = {}) => {
    if (!this.#up) throw new TypeError("Failed to fetch");
    const { signal } = options;
    return fetch(where, { ...options, signal: signal ? AbortSignal.any([signal, this.#gone.signal]) : this.#gone.signal });
  };
}
