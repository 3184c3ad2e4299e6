/** How much is logged: every request at `info`, what failed at `error`. */
export type LogLevel = 'silent' | 'error' | 'info' | 'debug';

/** One line of the log. It never holds a token, a signature, a secret or a query string. */
export interface LogEntry {
  readonly level: 'error' | 'info' | 'debug';
  readonly [field: string]: string | number | boolean | undefined;
}

/** Takes lines. */
export interface Logger {
  /** Whether lines of a level are wanted: one that is not needs not be made. */
  wants(level: LogEntry['level']): boolean;
  write(line: LogEntry): void;
}

const RANK = { silent: 0, error: 1, info: 2, debug: 3 } as const;

/** Writes lines of the given level and above, each as one line of JSON. */
export function createLogger(level: LogLevel, write: (text: string) => void): Logger {
  const wants = (wanted: LogEntry['level']) => RANK[wanted] <= RANK[level];
  return {
    wants,
    write: (line) => {
      if (wants(line.level)) write(JSON.stringify(line));
    },
  };
}
