/** Characters of log entries that wait for their reader; a MiB holds about 3,000 entries. */
const MAX_QUEUED_CHARACTERS = 1_048_576;

/** The options of {@link createBoundedWriter}. */
export interface BoundedWriterOptions {
  /** Writes text, and resolves when the next text may be written. A rejection counts as written. */
  readonly write: (text: string) => Promise<void>;
  /** Makes the entry that reports how many entries were dropped. */
  readonly describeDropped: (count: number) => string;
  /** Characters that may wait, those of the pending write among them; 1 MiB by default. */
  readonly maxQueued?: number;
}

/** Writes lines in order, holds a bounded number of them, and never makes the caller wait. */
export interface BoundedWriter {
  /** Takes a line without its line feed. */
  readonly add: (line: string) => void;
  /** Resolves when every line that was taken until now has been written. */
  readonly settle: () => Promise<void>;
}

/**
 * Creates a writer for a reader that may stall, such as a pipe that nobody reads.
 *
 * At most one write is pending. Lines that come meanwhile are joined into the next write; above the bound they are dropped
 * and counted, and the count follows the lines that were kept.
 */
export function createBoundedWriter(options: BoundedWriterOptions): BoundedWriter {
  const { write, describeDropped, maxQueued = MAX_QUEUED_CHARACTERS } = options;
  let queued = '';
  let dropped = 0;
  /** Characters of the write that is pending. */
  let pending = 0;
  let writing: Promise<void> | undefined;

  async function writeAll(first: string): Promise<void> {
    for (let text = first; text !== ''; text = takeQueued()) {
      pending = text.length;
      try {
        await write(text);
      } catch {
        // A reader that went away must stop nothing.
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
      // After the first dropped line every line is dropped until the next write, so that the count stands at the gap.
      else if (dropped > 0 || pending + queued.length + line.length >= maxQueued) dropped += 1;
      else queued += `${line}\n`;
    },
    async settle() {
      await writing;
    },
  };
}
