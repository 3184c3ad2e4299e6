import type { Case } from '@room-recordings/testing/cases';
import { assert, type IAsyncProperty } from 'fast-check';
import type { HttpRequest } from '../../src/http/types.ts';
import { PUBLIC_URL } from '../support/recording.ts';

/** A property of every input. Its case draws `numRuns` inputs; the error names the smallest failing input and the seed. */
export type Property = Case<number>;

/** The same inputs at each run. */
const SEED = 20_260_302;

export function property<Inputs>(name: string, make: () => IAsyncProperty<Inputs>): Property {
  return { name, run: (numRuns) => assert(make(), { numRuns, seed: SEED }) };
}

export function askFor(
  path: string,
  asks = 'GET',
  fields: ReadonlyMap<string, string> = new Map(),
): HttpRequest {
  return { method: asks, url: PUBLIC_URL + path, headers: { get: (name) => fields.get(name) } };
}

export function textOf(body: Uint8Array | null): string {
  return body === null ? '' : new TextDecoder().decode(body);
}
