/** Times as people write them, in a language. */

const DAY = 86_400_000;

export class Dates {
  #clock;
  #weekday;
  #date;
  #year;
  #short;
  #strings;

  /**
   * @param {string} locale a BCP 47 tag; one that is not understood is the browser's own
   * @param {{ today: string, yesterday: string }} strings
   */
  constructor(locale, strings) {
    /** @param {Intl.DateTimeFormatOptions} options */
    const format = (options) => {
      try {
        return new Intl.DateTimeFormat(locale || undefined, options);
      } catch {
        return new Intl.DateTimeFormat(undefined, options);
      }
    };
    this.#clock = format({ hour: "numeric", minute: "2-digit" });
    this.#weekday = format({ weekday: "long" });
    this.#date = format({ weekday: "short", day: "numeric", month: "long" });
    this.#year = format({ day: "numeric", month: "long", year: "numeric" });
    this.#short = format({ day: "numeric", month: "numeric", year: "2-digit" });
    this.#strings = strings;
  }

  /** @param {number} at */
  time(at) {
    return this.#clock.format(at);
  }

  /**
   * The name of a day for the line above its messages.
   *
   * @param {number} at
   * @param {number} [now]
   */
  day(at, now = Date.now()) {
    const days = daysBetween(at, now);
    if (days === 0) return this.#strings.today;
    if (days === 1) return this.#strings.yesterday;
    if (days > 1 && days < 7) return this.#weekday.format(at);
    return (days > 0 && days < 300 ? this.#date : this.#year).format(at);
  }

  /**
   * As short as an inbox wants it: the time today, then the day, then the date.
   *
   * @param {number} at
   * @param {number} [now]
   */
  brief(at, now = Date.now()) {
    const days = daysBetween(at, now);
    if (days === 0) return this.time(at);
    if (days === 1) return this.#strings.yesterday;
    return (days > 1 && days < 7 ? this.#weekday : this.#short).format(at);
  }

  /**
   * When somebody was last there, within a sentence.
   *
   * @param {number} at
   */
  moment(at) {
    const day = daysBetween(at, Date.now()) === 0 ? "" : `${this.brief(at)}, `;
    return `${day}${this.time(at)}`;
  }
}

/**
 * A value that is the same for all times of one local day.
 *
 * @param {number} at
 */
export const dayKey = (at) => {
  const date = new Date(at);
  return date.getFullYear() * 10_000 + date.getMonth() * 100 + date.getDate();
};

/** @param {number} at @param {number} now */
function daysBetween(at, now) {
  return Math.round((new Date(now).setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / DAY);
}
