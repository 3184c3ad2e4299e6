import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fetchByHttp } from './http-fetch.ts';

/** The port of the suite's origin. */
const ORIGIN_PORT = '8437';

export type Kind = 'required' | 'optimal' | 'check';

export interface SuiteTest {
  readonly id: string;
  /** Default: required. */
  kind?: Kind;
  readonly requests: readonly Record<string, unknown>[];
  readonly browser_only?: boolean;
  readonly depends_on?: readonly string[];
}

/** The results by test id: true, or the kind of error and its message. */
export type Results = Readonly<Record<string, true | readonly [string, string]>>;

export interface Suite {
  readonly tests: readonly SuiteTest[];
  /** The URL of the suite's origin. */
  readonly origin: string;
  /** Runs every test against the cache at this address. */
  readonly run: (base: string) => Promise<Results>;
}

interface Group {
  readonly tests: readonly SuiteTest[];
}

interface Runner {
  readonly runTests: (tests: readonly Group[], ...args: readonly unknown[]) => Promise<void>;
  readonly getResults: () => Results;
}

/** Loads the suite in a folder and starts its origin. A checkout has its engine in `test-engine`, the npm package in its root. */
export async function loadSuite(folder: string): Promise<Suite> {
  const engine = existsSync(join(folder, 'test-engine')) ? join(folder, 'test-engine') : folder;
  // The origin serves files from the working directory and reads its settings from the variables that npm sets for scripts.
  process.chdir(folder);
  process.env['npm_config_protocol'] = 'http';
  process.env['npm_config_port'] = ORIGIN_PORT;
  process.env['npm_config_pidfile'] = join(tmpdir(), 'http-cache-tests.pid');
  await load(join(engine, 'server/server.mjs'));

  // The suite has no types, so these types describe the parts used here.
  const runner = (await load(join(engine, 'client/runner.mjs'))) as Runner;
  const { default: groups } = (await load(join(folder, 'tests/index.mjs'))) as {
    readonly default: readonly Group[];
  };
  return {
    tests: groups.flatMap((group) => group.tests).filter((test) => test.browser_only !== true),
    origin: `http://127.0.0.1:${ORIGIN_PORT}`,
    run: async (base) => {
      const isBrowser = false;
      // The older runner also takes a fetch. The newer one uses that of the runtime.
      const args = runner.runTests.length === 4 ? [send, isBrowser, base] : [isBrowser, base];
      await runner.runTests(groups, ...args);
      return runner.getResults();
    },
  };
}

async function load(file: string): Promise<unknown> {
  return import(pathToFileURL(file).href);
}

async function send(target: string, init: RequestInit = {}): Promise<Response> {
  const { body = null, method = 'GET', headers = [] } = init;
  return fetchByHttp(new Request(target, { body, method, headers }));
}
