import { assert, type IAsyncProperty } from 'fast-check';
import type { IncomingRequest } from '../../src/http/types.ts';
import { PUBLIC_URL } from '../support/recording.ts';

/** What holds for every input. */
export interface Property {
  readonly name: string;
  /** Draws as many inputs, and throws where it does not hold: with the smallest input, and the seed to see it again. */
  readonly prove: (numRuns: number) => Promise<void>;
}

/** The same inputs at each run. */
const SEED = 20_260_302;

export function property<Inputs>(name: string, make: () => IAsyncProperty<Inputs>): Property {
  return { name, prove: (numRuns) => assert(make(), { numRuns, seed: SEED }) };
}

export function askFor(
  path: string,
  asks = 'GET',
  fields: ReadonlyMap<string, string> = new Map(),
): IncomingRequest {
  return { method: asks, url: PUBLIC_URL + path, headers: { get: (name) => fields.get(name) } };
}

export function textOf(body: Uint8Array | null): string {
  return body === null ? '' : new TextDecoder().decode(body);
}
