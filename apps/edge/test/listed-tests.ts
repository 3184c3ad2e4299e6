import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';

export const ROOT: string = resolve(import.meta.dirname, '../../..');

/**
 * The names of all tests that would run, by file: those of empty groups and those that are skipped are none.
 *
 * @param files paths below the root.
 */
export async function listTests(files: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const folder = mkdtempSync(join(tmpdir(), 'tests-'));
  const list = join(folder, 'list.json');
  const vitest = resolve(ROOT, 'node_modules/vitest/vitest.mjs');
  // What vitest tells its own processes is not meant for another vitest.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST')));
  try {
    const args = [vitest, 'list', `--json=${list}`, '--no-staticParse', ...files];
    await promisify(execFile)(process.execPath, args, { cwd: ROOT, env });
    // So vitest writes it.
    const tests = JSON.parse(readFileSync(list, 'utf8')) as readonly {
      readonly name: string;
      readonly file: string;
    }[];
    const namesIn = (file: string) =>
      tests.filter((test) => test.file === resolve(ROOT, file)).map(({ name }) => name);
    return new Map(files.map((file) => [file, namesIn(file)]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
