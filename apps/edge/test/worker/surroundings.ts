import process from 'node:process';
import type { TestProject } from 'vitest/node';
import { openSurroundings } from '../faults/surroundings.ts';
import type { Addresses } from '../faults/row.ts';

declare module 'vitest' {
  interface ProvidedContext {
    readonly addresses: Addresses;
    readonly hostileRuns: number;
  }
}

/** Opens, in Node, what the tests in workerd need of it. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const { addresses, stop } = await openSurroundings();
  project.provide('addresses', addresses);
  project.provide('hostileRuns', Number(process.env['HOSTILE_RUNS'] ?? 5_000));
  return stop;
}
