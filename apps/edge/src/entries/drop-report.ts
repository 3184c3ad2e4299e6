/** Milliseconds between two reports. */
const REPORT_INTERVAL_MS = 10_000;

/** The options of {@link createDropReport}. */
export interface DropReportOptions {
  /** Takes the number of connections that were dropped since the last report. */
  readonly report: (count: number) => void;
  /** Milliseconds of a clock that never goes back. */
  readonly monotonicNow: () => number;
}

/**
 * Creates a function that counts dropped connections and reports them, the first at once and then every ten seconds at most:
 * a flood of connections must not become a flood of log entries.
 */
export function createDropReport({ report, monotonicNow }: DropReportOptions): () => void {
  let count = 0;
  let reportedAt = Number.NEGATIVE_INFINITY;
  return () => {
    count += 1;
    const now = monotonicNow();
    if (now - reportedAt < REPORT_INTERVAL_MS) return;
    report(count);
    count = 0;
    reportedAt = now;
  };
}
