import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const PROGRAM = fileURLToPath(new URL('../../perf/request-files.ts', import.meta.url));
const PAGE = fileURLToPath(new URL('../../../docs/architecture.md', import.meta.url));

it('the architecture page lists the files that a cache hit and a cache miss execute', () => {
  const { stdout, stderr } = spawnSync(process.execPath, ['--conditions=source', PROGRAM], {
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^A cache hit executes \d+ files:/);
  expect(readFileSync(PAGE, 'utf8')).toContain(stdout);
});
