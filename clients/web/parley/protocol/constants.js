/**
 * Every number in the client's behaviour. Times are seconds. SPEC.md states the same numbers, and says what each is for; the
 * vectors keep the two equal.
 */

export const BACKOFF_BASE = 0.5;
export const BACKOFF_CAP = 30;
export const BACKOFF_RESET = 30;
export const THROTTLED_FLOOR = 5;
export const REFUSALS = 3;
export const SIGNED_OUT_RETRY = 300;

export const OPEN_TIMEOUT = 15;
export const COMMAND_TIMEOUT = 10;
export const PING_AFTER = 240;
export const PONG_TIMEOUT = 10;

export const RENEW_AFTER_MIN = 6600;
export const RENEW_AFTER_MAX = 7020;
export const TOKEN_LEAD_MIN = 60;
export const TOKEN_LEAD_MAX = 120;
export const RENEW_GAP = 30;
export const QUIET_WAIT = 30;

export const RESYNC_EVERY = 1800;
export const GAP_GRACE = 0.5;
export const HELD_LIMIT = 200;
export const SYNC_NAMES = 300;
export const SYNC_BYTES = 24 * 1024;

export const MARK_DELAY = 0.3;
export const RETRY_AFTER_CAP = 60;
export const TYPING_EVERY = 3;
export const TYPING_SHOWN = 5;

export const FRAME_LIMIT = 32 * 1024;
export const MEDIA_LIMIT = 10;
export const TEXT_LIMIT = 8000;
export const PRESENCE_LIMIT = 40;
export const EVENT_QUEUE = 1000;

/**
 * Full jitter: anything between 0 and a bound that doubles with each failure.
 *
 * @param {number} failures from 0
 * @param {number} chance in [0, 1)
 */
export function backoff(failures, chance) {
  return chance * Math.min(BACKOFF_CAP, BACKOFF_BASE * 2 ** Math.min(failures, 30));
}

/**
 * How long to wait before a refused command is repeated: what the server says, otherwise the backoff.
 *
 * @param {number | null} retryAfter
 * @param {number} failures
 * @param {number} chance
 */
export function pause(retryAfter, failures, chance) {
  return retryAfter === null ? backoff(failures, chance) : Math.min(Math.max(retryAfter, 0), RETRY_AFTER_CAP);
}
