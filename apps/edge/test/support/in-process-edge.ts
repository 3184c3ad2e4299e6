import type { RecordingRef } from '@room-recordings/core';
import { createFetchHandler } from '../../src/adapters/fetch-adapter.ts';
import type { RequestHandler } from '../../src/app.ts';
import { parseConfig, type Config } from '../../src/config/config.ts';
import { createEdge, type EdgeServices } from '../../src/create-edge.ts';
import type { RecordingSource } from '../../src/recordings/recording-source.ts';
import { NOW } from '@room-recordings/testing/fake-clock';
import { listNothing, PATH, PUBLIC_URL, RECORDING } from './recording.ts';

/** An entry of the log, as a reader of the JSON sees it. */
export type LoggedEntry = Readonly<Record<string, unknown>>;

/** A source. It lists nothing unless it has a `list`. */
type TestSource = Pick<RecordingSource, 'read'> & Partial<RecordingSource>;

/** Options of `createInProcessEdge()`. */
export interface InProcessEdgeOptions {
  /** The source, or a function that creates it from the config. Default: a source that always finds `RECORDING`. */
  readonly source?: TestSource | ((config: Config) => TestSource);
  /** Environment variables besides `ACCESS=public`, `RECORDINGS_SOURCE=archive` and `PUBLIC_URL`. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Services that replace the test's own: a clock that stands at `NOW`, and a logger that collects the entries. */
  readonly services?: Partial<EdgeServices>;
}

/** An edge that is called as a function, so that it runs on every runtime and on a fake clock. */
export interface InProcessEdge {
  readonly app: RequestHandler;
  /** The entries that the edge logged, at every level. */
  readonly logEntries: LoggedEntry[];
  /** The recordings that the edge read from the source. */
  readonly reads: readonly RecordingRef[];
  /** Requests a path below `PUBLIC_URL`; default: the path of `RECORDING`. */
  request(path?: string, init?: RequestInit): Promise<Response>;
  /** Resolves when the work that the edge passed to `waitUntil` is done. */
  waitForBackground(): Promise<void>;
}

/** Creates an edge with `ACCESS=public` and the given variables and services. */
export function createInProcessEdge({
  source = { read: () => Promise.resolve(RECORDING) },
  variables = {},
  services = {},
}: InProcessEdgeOptions = {}): InProcessEdge {
  const logEntries: LoggedEntry[] = [];
  const reads: RecordingRef[] = [];
  const background: Promise<unknown>[] = [];
  const config = parseConfig({
    ACCESS: 'public',
    RECORDINGS_SOURCE: 'archive',
    PUBLIC_URL,
    ...variables,
  });
  const wrapped = typeof source === 'function' ? source(config) : source;
  const recordingSource: RecordingSource = {
    list: listNothing,
    ...wrapped,
    read(id, options) {
      reads.push(id);
      return wrapped.read(id, options);
    },
  };
  const { app } = createEdge(config, recordingSource, {
    now: () => NOW,
    waitUntil: (work) => void background.push(work),
    logger: { wants: () => true, write: (entry) => logEntries.push(entry) },
    ...services,
  });
  const fetchFromApp = createFetchHandler(app);
  return {
    app,
    logEntries,
    reads,
    request: async (path = PATH, init = {}) => fetchFromApp(new Request(PUBLIC_URL + path, init)),
    async waitForBackground() {
      while (background.length > 0) await background.shift();
    },
  };
}
