import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fetchByHttp } from './http-fetch.ts';
import { startProxy } from './proxy.ts';

/** Runs npm's http-cache-tests, an older form of http-tests/cache-tests, against the cache, and prints what passed. */
const PACKAGE = 'http-cache-tests@0.4.5';
const ORIGIN_PORT = '8437';

interface SuiteTest {
  readonly id: string;
  kind?: 'required' | 'optimal' | 'check';
  readonly requests: readonly Record<string, unknown>[];
  readonly browser_only?: boolean;
  readonly depends_on?: readonly string[];
}

/**
 * What RFC 9111 has changed since, as the suite has: an Age that is no number is ignored and of several the first counts
 * (§5.1), a 304 may update Content-MD5 and ETag, and what may not be served stale may be answered with an error.
 */
const IS_FRESH = ['nonnumeric', 'negative', 'float', 'prefix-twoline', 'dup-0', 'dup-0-twoline', 'dup-old'];
const IS_NOT_REQUIRED = new Set([
  'age-parse-parameter',
  'age-parse-numeric-parameter',
  '304-etag-update-response-Content-MD5',
  '304-etag-update-response-ETag',
]);
const isAsPublished = process.argv.includes('--as-published');

const folder = unpack();
process.chdir(folder);
process.env['npm_config_protocol'] = 'http';
process.env['npm_config_port'] = ORIGIN_PORT;
process.env['npm_config_pidfile'] = join(tmpdir(), 'http-cache-tests.pid');

const load = async (file: string): Promise<Record<string, unknown>> =>
  import(pathToFileURL(join(folder, file)).href);
await load('server/server.mjs');
const runner = (await load('client/runner.mjs')) as {
  readonly runTests: (tests: unknown, fetch: unknown, isBrowser: boolean, base: string) => Promise<void>;
  readonly getResults: () => Record<string, true | readonly [string, string]>;
};
const { default: groups } = (await load('tests/index.mjs')) as {
  readonly default: readonly { readonly tests: readonly SuiteTest[] }[];
};
if (!isAsPublished) groups.flatMap((group) => group.tests).forEach(bringUpToDate);
const { url, server } = await startProxy(`http://127.0.0.1:${ORIGIN_PORT}`);
const send = (target: string, init: RequestInit = {}): Promise<Response> => {
  const { body = null, method = 'GET', headers = [] } = init;
  return fetchByHttp(new Request(target, { body, method, headers }));
};
await runner.runTests(groups, send, false, url);
server.close();

const results = runner.getResults();
const tests = groups.flatMap((group) => group.tests).filter((test) => test.browser_only !== true);
const byId = new Map(tests.map((test) => [test.id, test]));
/** A test counts where all that it depends on has passed, too. */
const passes = (id: string): boolean =>
  results[id] === true && (byId.get(id)?.depends_on ?? []).every((needed) => passes(needed));

for (const kind of ['required', 'optimal', 'check'] as const) {
  const ofKind = tests.filter((test) => (test.kind ?? 'required') === kind);
  const failed = ofKind.filter(({ id }) => !passes(id));
  process.stdout.write(`${kind}: ${ofKind.length - failed.length} of ${ofKind.length}\n`);
  for (const { id } of failed) {
    const result = results[id];
    const why = result === true ? 'depends on one that failed' : String(result?.[1]);
    process.stdout.write(`  ${id}: ${why}\n`);
  }
}
process.exit(0);

function bringUpToDate(test: SuiteTest): void {
  const second = test.requests[1];
  if (second === undefined) return;
  if (IS_FRESH.some((name) => test.id === `age-parse-${name}`)) second['expected_type'] = 'cached';
  if (IS_NOT_REQUIRED.has(test.id)) test.kind = 'check';
  if (test.id.startsWith('stale-close-')) {
    delete second['expected_type'];
    Object.assign(second, { expected_status: 502, check_body: false });
    second['expected_response_headers_missing'] = ['server-request-count'];
  }
}

function unpack(): string {
  const target = join(tmpdir(), PACKAGE);
  if (!existsSync(join(target, 'package'))) {
    mkdirSync(target, { recursive: true });
    const [file = ''] = execFileSync('npm', ['pack', PACKAGE], {
      cwd: target,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
      .trim()
      .split('\n')
      .slice(-1);
    execFileSync('tar', ['xzf', file], { cwd: target });
  }
  return join(target, 'package');
}
