import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SuiteTest } from './suite.ts';

/** An older form of http-tests/cache-tests, the only one on npm. */
const PACKAGE = 'http-cache-tests@0.4.5';

/**
 * Changes of the suite since then, because of RFC 9111. An Age that is not a number is ignored, and the first of several Age values
 * counts (§5.1). A 304 may update Content-MD5 and ETag. If a stale response is forbidden, an error is allowed.
 */
const IS_FRESH = ['nonnumeric', 'negative', 'float', 'prefix-twoline', 'dup-0', 'dup-0-twoline', 'dup-old'];
const IS_NOT_REQUIRED = new Set([
  'age-parse-parameter',
  'age-parse-numeric-parameter',
  '304-etag-update-response-Content-MD5',
  '304-etag-update-response-ETag',
]);

/** Changes a test of the older form to the current requirement. */
export function updateTest(test: SuiteTest): void {
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

/** Downloads the npm package once, and returns its folder. */
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
