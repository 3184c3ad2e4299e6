/** Characters of queued log entries. One MiB holds about 3,000 entries. */
const MAX_QUEUED_CHARACTERS = 1_048_576;

/** The options of {@link createBoundedWriter}. */
export interface BoundedWriterOptions {
  /** Writes text, and resolves when the next text may be written. A rejection counts as written. */
  readonly write: (text: string) => Promise<void>;
  /** Creates the entry that reports the number of dropped entries. */
  readonly describeDropped: (count: number) => string;
  /** Characters that may be queued, including the pending write. Default: 1,048,576. */
  readonly maxQueued?: number;
}

/** Writes lines in order, queues a limited number of them, and never blocks. */
export interface BoundedWriter {
  /** Queues a line, given without its line feed. */
  readonly add: (line: string) => void;
  /** Resolves when all lines that were queued until now have been written. */
  readonly settle: () => Promise<void>;
}

/**
 * Creates a writer for a stream whose reader may stall, such as a pipe that nobody reads.
 *
 * At most one write is pending. Lines that arrive during a write are joined into the next write. Above the limit, lines are dropped
 * and counted, and the count is written after the queued lines.
 */
export function createBoundedWriter(options: BoundedWriterOptions): BoundedWriter {
  const { write, describeDropped, maxQueued = MAX_QUEUED_CHARACTERS } = options;
  let queued = '';
  let dropped = 0;
  /** Characters of the pending write. */
  let pending = 0;
  let writing: Promise<void> | undefined;

  async function writeAll(first: string): Promise<void> {
    for (let text = first; text !== ''; text = takeQueued()) {
      pending = text.length;
      try {
        await write(text);
      } catch {
        // The edge continues without a reader of its log.
      }
    }
    writing = undefined;
  }

  function takeQueued(): string {
    const report = dropped === 0 ? '' : `${describeDropped(dropped)}\n`;
    const text = queued + report;
    queued = '';
    dropped = 0;
    return text;
  }

  return {
    add(line) {
      if (writing === undefined) writing = writeAll(`${line}\n`);
      // After the first dropped line all lines are dropped until the next write, so that the count is written where lines are missing.
      else if (dropped > 0 || pending + queued.length + line.length >= maxQueued) dropped += 1;
      else queued += `${line}\n`;
    },
    async settle() {
      await writing;
    },
  };
}

/** Milliseconds between two reports. */
const REPORT_INTERVAL_MS = 10_000;

/** The options of {@link createDropReport}. */
export interface DropReportOptions {
  /** Receives the number of connections that were dropped since the last report. */
  readonly report: (count: number) => void;
  /** Returns milliseconds of a monotonic clock. */
  readonly monotonicNow: () => number;
}

/**
 * Creates a function that counts dropped connections and reports them: the first at once, then at most every ten seconds. Without
 * this limit, a flood of connections would cause a flood of log entries.
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
