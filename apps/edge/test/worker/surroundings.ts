import type { TestProject } from 'vitest/node';
import { openSurroundings } from '../faults/surroundings.ts';
import type { Addresses } from '../faults/row.ts';

declare module 'vitest' {
  interface ProvidedContext {
    readonly addresses: Addresses;
  }
}

/** Opens, in Node, what the faults in workerd need. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const { addresses, stop } = await openSurroundings();
  project.provide('addresses', addresses);
  return stop;
}
