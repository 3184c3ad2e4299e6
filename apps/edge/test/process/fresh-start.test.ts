import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { PATH } from '../support/recording.ts';
import { findFreePort, getLocalCommand, runToExit, start } from './edge-process.ts';

const ROOT = resolve(import.meta.dirname, '../../../..');
const folder = mkdtempSync(join(tmpdir(), 'fresh-'));

afterAll(() => rmSync(folder, { recursive: true }));

describe('the first start in a fresh folder', () => {
  it.each([1, 2, 3])(
    'serves the seeded recording to the first connection: run %i',
    async (run) => {
      const port = await findFreePort();
      const statuses: number[] = [];
      const ready = new AbortController();
      const poll = async () => {
        while (!ready.signal.aborted) {
          // The connection is refused until the socket is open.
          const response = await fetch(`http://127.0.0.1:${port}${PATH}`).catch(() => undefined);
          if (response !== undefined) statuses.push(response.status);
        }
      };
      const starting = start(getLocalCommand(join(folder, String(run))), { PORT: String(port) }, 'curl ');
      const polling = poll();
      const local = await starting.finally(() => ready.abort());
      await polling;
      expect(await local.stop()).toBe(0);
      expect(statuses.length).toBeGreaterThan(0);
      expect(new Set(statuses)).toEqual(new Set([200]));
    },
    60_000,
  );
});

describe('pnpm start with arguments', () => {
  it('prints its usage for --help and does not create an archive', async () => {
    const { code, text } = await runToExit('node scripts/start.ts --help', {});
    expect(code).toBe(0);
    expect(text).toMatch(/^Usage: pnpm start /);
    expect(existsSync(join(ROOT, 'apps/edge/--help'))).toBe(false);
  });

  it('rejects an unknown argument with one line', async () => {
    const { code, text } = await runToExit('node scripts/start.ts --prot', {});
    expect(code).toBe(1);
    expect(text).toBe('The argument "--prot" is unknown. Run "pnpm start --help" for a list.\n');
  });
});

it.each(['.env', '.env.*', '.dev.vars', '.dev.vars.*'])('git ignores %s', (name) => {
  expect(readFileSync(join(ROOT, '.gitignore'), 'utf8').split('\n')).toContain(name);
});
