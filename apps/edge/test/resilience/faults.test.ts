import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { callOnRuntime } from '@room-recordings/testing/call-on-runtime';
import { createAuthority } from '@room-recordings/testing/certificates';
import { expectedReport } from '@room-recordings/testing/run-cases';
import { startUpstreams, type Upstreams } from '@room-recordings/testing/upstreams';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CACHE_API_CASES, CASES, runFaultCases } from './fault-cases.ts';
import { CACHE_STATES, REQUEST_KINDS, type FaultCase } from './fault.ts';
import { FAULTS } from './faults.ts';

const TIMEOUT_MS = 240_000;

const folder = mkdtempSync(join(tmpdir(), 'faults-'));
const authorityFile = join(folder, 'authority.pem');
const trusted = getCACertificates('default');

let upstreams: Upstreams;

beforeAll(async () => {
  const authority = await createAuthority('Authority of the tests');
  writeFileSync(authorityFile, authority.cert);
  setDefaultCACertificates([...trusted, authority.cert]);
  upstreams = await startUpstreams(authority);
});

afterAll(async () => {
  setDefaultCACertificates(trusted);
  await upstreams.stop();
  rmSync(folder, { recursive: true });
});

test('every case of the fault matrix has a unique name', () => {
  const names = [...CASES, ...CACHE_API_CASES].map(({ name }) => name);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

test('the fault matrix has every fault in every state of the cache with every kind of request', () => {
  const listCells = (cases: readonly FaultCase[], fault: string) =>
    cases
      .filter(({ name }) => name.startsWith(`${fault} (`))
      .map(({ state, kind }) => `${state}, ${kind}`)
      .toSorted();
  const cells = CACHE_STATES.flatMap((state) =>
    REQUEST_KINDS.map((kind) => `${state.name}, ${kind.name}`),
  ).toSorted();
  for (const { name, hasCacheApiCases = false } of FAULTS) {
    expect(listCells(CASES, name)).toEqual(cells);
    expect(listCells(CACHE_API_CASES, name)).toEqual(hasCacheApiCases ? cells : []);
  }
});

test.each(CASES)('on Node, $name', async ({ run }) => {
  await run({ origins: upstreams.origins, isWorkerd: false });
});

test.each([
  { runtime: 'Bun', cases: CASES },
  { runtime: 'Deno', cases: [...CASES, ...CACHE_API_CASES] },
] as const)(
  'every case of the fault matrix passes on $runtime',
  async ({ runtime, cases }) => {
    const environment = {
      NODE_EXTRA_CA_CERTS: authorityFile,
      DENO_CERT: authorityFile,
      // The Cache API of Deno stores its entries here, which otherwise outlive the process.
      DENO_DIR: join(folder, 'deno'),
    };
    const module = new URL('fault-cases.ts', import.meta.url);
    const options = { timeoutMs: TIMEOUT_MS, environment };
    const report = await callOnRuntime(runtime, module, runFaultCases, [upstreams.origins], options);
    expect(report).toEqual(expectedReport(runtime, cases));
  },
  TIMEOUT_MS,
);
