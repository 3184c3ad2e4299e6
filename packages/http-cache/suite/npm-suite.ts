import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SuiteTest } from './suite.ts';

/** An older form of http-tests/cache-tests, the only one that npm has. */
const PACKAGE = 'http-cache-tests@0.4.5';

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

/** Makes one of npm's tests ask what the suite asks now. */
export function bringUpToDate(test: SuiteTest): void {
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

/** The folder of npm's package, fetched once. */
export function fetchNpmSuite(): string {
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
