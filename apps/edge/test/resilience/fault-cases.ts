import { runCases, type Report } from '@room-recordings/testing/run-cases';
import type { Addresses } from './fault.ts';
import type { Case } from './fault-case.ts';
import { CROWD_CASES } from './overload-cases.ts';
import { LEAVING_CASES } from './disconnect-cases.ts';
import { OUTAGE_CASES } from './outage-cases.ts';
import { PROBE_CASES } from './probe-cases.ts';
import { SHARED_ROWS } from './coverage-table.ts';
import { casesOfRow } from './single-fault-cases.ts';
import { ANSWER_ROWS } from './response-faults.ts';
import { CONNECTION_ROWS } from './connection-faults.ts';
import { STORE_CASES } from './store-cases.ts';

const ROWS = [...CONNECTION_ROWS, ...ANSWER_ROWS];

/** Every fault, in every state, asked for in every way; then those that take more than one read. */
export const CASES: readonly Case[] = [
  ...ROWS.flatMap((row) => casesOfRow(row)),
  ...OUTAGE_CASES,
  ...PROBE_CASES,
  ...LEAVING_CASES,
  ...CROWD_CASES,
  ...STORE_CASES,
];

/** Of each kind of fault some: what is covered, evicted, refused, refreshed, paused for, and what hangs. */
const SHARED = new Set(SHARED_ROWS);

/** The same faults, for runtimes with a Cache API: it is behind the memory, as it is in production. */
export const SHARED_CASES: readonly Case[] = ROWS.filter(({ id }) => SHARED.has(id)).flatMap((row) =>
  casesOfRow(row, true),
);

/** Runs the cases on this runtime, and those with the Cache API if the runtime has one. */
export async function runFaultCases(addresses: Addresses): Promise<Report> {
  const surroundings = { addresses, isWorkerd: false };
  if (!('caches' in globalThis)) return runCases(CASES, surroundings);
  const cacheApi = await caches.open(crypto.randomUUID());
  return runCases([...CASES, ...SHARED_CASES], { ...surroundings, cacheApi });
}
