import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CASES, runFaultCases, SHARED_CASES } from './fault-cases.ts';
import { makeAuthority } from './certificates.ts';
import { countCases, countListed, LISTED, SHARED_ROWS } from './coverage-table.ts';
import { openSurroundings, type OpenSurroundings } from './environment.ts';
import { callOnRuntime } from '@room-recordings/testing/call-on-runtime';
import { expectedReport } from '@room-recordings/testing/run-cases';

const LONGEST_RUN_MS = 240_000;

const folder = mkdtempSync(join(tmpdir(), 'faults-'));
const authorityFile = join(folder, 'authority.pem');
const trusted = getCACertificates('default');

let surroundings: OpenSurroundings;

beforeAll(async () => {
  const authority = await makeAuthority('Authority of the tests');
  writeFileSync(authorityFile, authority.cert);
  setDefaultCACertificates([...trusted, authority.cert]);
  surroundings = await openSurroundings(authority);
});

afterAll(async () => {
  setDefaultCACertificates(trusted);
  await surroundings.stop();
  rmSync(folder, { recursive: true });
});

const namesOf = (cases: typeof CASES): readonly string[] => cases.map(({ name }) => name);

test('every case has a name of its own', () => {
  const names = namesOf([...CASES, ...SHARED_CASES]);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

test('every row of the faults has all its causes, in every state and for every way of asking', () => {
  // F37 and F38 are of the media and of access.
  const numbers = [...Array.from({ length: 36 }, (_, index) => index + 1), 39, 40];
  const rows = numbers.map((number) => `F${String(number).padStart(2, '0')}`);
  expect([...new Set(LISTED.map(([id]) => id))]).toEqual(rows);
  expect(countCases(CASES)).toEqual(countListed(LISTED));
});

test('some rows of each kind have them with a Cache API behind the memory, too', () => {
  const listed = LISTED.filter(([id]) => SHARED_ROWS.includes(id));
  expect(countCases(SHARED_CASES)).toEqual(countListed(listed));
});

test.each(CASES)('$name', async ({ run }) => {
  await run({ addresses: surroundings.addresses, isWorkerd: false });
});

test.each([
  ['Bun', CASES],
  ['Deno', [...CASES, ...SHARED_CASES]],
] as const)(
  'every case holds on %s',
  async (runtime, cases) => {
    const environment = {
      NODE_EXTRA_CA_CERTS: authorityFile,
      DENO_CERT: authorityFile,
      // Where Deno's Cache API keeps what outlives the process.
      DENO_DIR: join(folder, 'deno'),
    };
    const report = await callOnRuntime(
      runtime,
      new URL('fault-cases.ts', import.meta.url),
      runFaultCases,
      [surroundings.addresses],
      { timeoutMs: LONGEST_RUN_MS, environment },
    );
    expect(report).toEqual(expectedReport(runtime, cases));
  },
  LONGEST_RUN_MS,
);
