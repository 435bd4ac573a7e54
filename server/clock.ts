/**
 * The time, as something that is handed in. Use cases take a clock so that tests can move it; this
 * file is the only one under server/, db/, rating/ and xml/ that may ask the machine.
 */
export interface Clock {
  /** UTC epoch milliseconds. */
  nowMs(): number;
  /** UTC epoch microseconds, the unit FreeSWITCH reports in. */
  nowUs(): number;
}

/** The wall clock. It can step when the machine's time is corrected, as FreeSWITCH's does. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  nowUs: () => Date.now() * 1000,
};
