/**
 * Seconds that never go back, and that include the time the device sleeps: a monotonic clock, which may stop meanwhile, corrected
 * by the wall clock when that has gone on alone for more than a second.
 *
 * @param {() => number} monotonic milliseconds
 * @param {() => number} wall milliseconds
 */
export function steadyClock(monotonic = () => performance.now(), wall = Date.now) {
  let slept = 0;
  let last = { monotonic: monotonic(), wall: wall() };
  return () => {
    const now = { monotonic: monotonic(), wall: wall() };
    const lost = now.wall - last.wall - (now.monotonic - last.monotonic);
    if (lost > 1000) slept += lost;
    last = now;
    return (now.monotonic + slept) / 1000;
  };
}
