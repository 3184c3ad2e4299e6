import type { CacheApi } from '@room-recordings/http-cache';
import { equal, holds, type Case } from './case.ts';
import { expectRecording } from './expect.ts';
import type { Addresses } from './row.ts';
import { FRESH, WAYS, type Way } from './state.ts';
import { makeWorld } from './world.ts';

const fail = () => Promise.reject(new Error('The cache is gone.'));
const hang = () => new Promise<never>(() => undefined);
const garble = () => Promise.resolve(new Response('<html>', { headers: { 'content-type': 'text/html' } }));

/** The Cache API behind the memory, out of order. */
const OUT_OF_ORDER: readonly (readonly [string, CacheApi])[] = [
  ['throws', { match: fail, put: fail, delete: fail }],
  ['hangs', { match: hang, put: hang, delete: hang }],
  ['answers garbage', { match: garble, put: () => Promise.resolve(), delete: () => Promise.resolve(true) }],
];

/** A store that fails is a miss, never an error. */
export const STORE_CASES: readonly Case[] = OUT_OF_ORDER.flatMap(([what, cacheApi]) =>
  WAYS.map((way) => ({
    name: `F35 a store that ${what}; nothing, then fresh in memory; ${way.name}`,
    run: ({ addresses }) => proveMiss(addresses, cacheApi, way),
  })),
);

async function proveMiss(addresses: Addresses, cacheApi: CacheApi, way: Way): Promise<void> {
  const world = makeWorld(addresses, {}, cacheApi);
  const askedAt = world.clock.now();
  const asking = world.ask(way.init('*'));
  await world.clock.pass(50);
  expectRecording(await asking, way.name, /^room-recordings; fwd=uri-miss; fwd-status=200(?:; stored)?$/);
  const ms = world.clock.now() - askedAt;
  holds('answered within 100 ms', ms <= 100, ms);
  // For so long the runtime is kept awake for a store that hangs.
  await world.clock.pass(10_000);
  await world.settle();
  world.clock.skip((FRESH.age ?? 0) * 1000);
  expectRecording(await world.ask(way.init('*')), way.name, /^room-recordings; hit; ttl=\d+$/);
  equal('calls', world.calls(), 1);
}
