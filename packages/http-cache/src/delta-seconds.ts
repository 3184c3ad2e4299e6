/** The largest number of seconds that is told apart: RFC 9111 §1.2.2 lets anything larger be this. */
export const MAX_DELTA_SECONDS: number = 2 ** 31;

/** Reads delta-seconds (RFC 9111 §1.2.2): digits alone, saturated at 2^31; NaN for anything else. */
export function parseDeltaSeconds(text: string): number {
  return /^\d+$/.test(text) ? Math.min(Number(text), MAX_DELTA_SECONDS) : NaN;
}
