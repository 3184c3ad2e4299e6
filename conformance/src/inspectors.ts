import { inspect } from 'node:util';
import type { Inspector } from './find-secret.ts';

const WHOLE = { depth: Number.POSITIVE_INFINITY, showHidden: true, getters: true };

/** The consoles of this runtime, short and in full: Node's, which all three have, and the runtime's own. */
export function findInspectors(): readonly Inspector[] {
  return [
    (value) => inspect(value),
    (value) => inspect(value, WHOLE),
    ...['Bun', 'Deno'].flatMap((name) => ownInspector(Reflect.get(globalThis, name))),
  ];
}

function ownInspector(runtime: unknown): readonly Inspector[] {
  if (typeof runtime !== 'object' || runtime === null || !('inspect' in runtime)) return [];
  const { inspect: own } = runtime;
  if (typeof own !== 'function') return [];
  return [(value) => String(own(value)), (value) => String(own(value, WHOLE))];
}
