import { inspect } from 'node:util';
import type { Inspector } from './find-secret.ts';

const FULL = { depth: Number.POSITIVE_INFINITY, showHidden: true, getters: true };

/** Returns the inspectors of this runtime, short and full: that of Node, which all runtimes have, and the runtime's own. */
export function findInspectors(): readonly Inspector[] {
  return [
    (value) => inspect(value),
    (value) => inspect(value, FULL),
    ...['Bun', 'Deno'].flatMap((name) => findOwnInspectors(Reflect.get(globalThis, name))),
  ];
}

function findOwnInspectors(runtime: unknown): readonly Inspector[] {
  if (typeof runtime !== 'object' || runtime === null || !('inspect' in runtime)) return [];
  const { inspect: own } = runtime;
  if (typeof own !== 'function') return [];
  return [(value) => String(own(value)), (value) => String(own(value, FULL))];
}
