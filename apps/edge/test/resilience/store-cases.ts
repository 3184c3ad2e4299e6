import { equal, holds } from '@room-recordings/testing/cases';
import type { Case } from './fault-case.ts';
import { expectFailure, expectRecording } from './response-assertions.ts';
import { makeCase } from './create-case.ts';
import type { Failure } from './fault.ts';
import { BEHIND, FRESH, NOTHING, PAST, WAYS, type State, type Way } from './cache-state.ts';
import type { Came, World, WorldOptions } from './fault-harness.ts';

const fail = () => Promise.reject(new Error('The cache is gone.'));
const garble = () => Promise.resolve(new Response('<html>', { headers: { 'content-type': 'text/html' } }));
const done = <T>(value: T) => Promise.resolve(value);

/** The Cache API behind the memory, out of order. */
interface BadCache extends WorldOptions {
  /** Waits until something is written that will never be done. */
  readonly written: () => Promise<void>;
}

const never = () => new Promise<never>(() => undefined);

function makeHanging(): BadCache {
  const waiting: (() => void)[] = [];
  const put = () => {
    for (const tell of waiting.splice(0)) tell();
    return never();
  };
  return {
    cacheApi: { match: never, put, delete: never },
    written: () => new Promise((resolve) => waiting.push(resolve)),
  };
}

const OUT_OF_ORDER: readonly (readonly [string, BadCache])[] = [
  ['throws', { cacheApi: { match: fail, put: fail, delete: fail }, written: never }],
  ['hangs', makeHanging()],
  [
    'answers garbage',
    { cacheApi: { match: garble, put: () => done(undefined), delete: () => done(true) }, written: never },
  ],
];

/** What the source does meanwhile; nothing that would be tried again, for the time that this takes. */
const SOURCES = [
  ['good', 'good'],
  ['out of order', 'invalidJson'],
] as const;

/** A store that fails is a miss, never an error: what the memory has, fresh or stale, is served as ever. */
export const STORE_CASES: readonly Case[] = OUT_OF_ORDER.flatMap(([what, bad]) =>
  SOURCES.flatMap(([how, act]) =>
    [FRESH, BEHIND, PAST, NOTHING].flatMap((state) =>
      WAYS.map((way) => {
        const title = `a store that ${what}, before a source that is ${how}`;
        const prove = (world: World) => proveMiss({ world, bad }, act, state, way);
        return makeCase({ id: 'F35', title, state, way }, prove, bad);
      }),
    ),
  ),
);

const INVALID: Failure = { status: 502, error: 'upstream_invalid' };
const UNASKED = /^room-recordings; hit; ttl=\d+$/;

/** What Cache-Status says where something is served. */
const SERVED = {
  fresh: { good: UNASKED, invalidJson: UNASKED },
  'stale, to be refreshed behind': {
    good: /^room-recordings; hit; ttl=-7\d; detail=stale-while-revalidate$/,
    invalidJson: /^room-recordings; hit; ttl=-7\d; detail=stale-while-revalidate$/,
  },
  'stale, past that': {
    good: /^room-recordings; fwd=stale; fwd-status=200; stored$/,
    invalidJson: /^room-recordings; fwd=stale; fwd-status=502; detail=stale-if-error$/,
  },
  nothing: { good: /^room-recordings; fwd=uri-miss; fwd-status=200; stored$/, invalidJson: undefined },
} as const;

/** A world, and what is behind its memory. */
interface Before {
  readonly world: World;
  readonly bad: BadCache;
}

async function proveMiss(
  before: Before,
  act: (typeof SOURCES)[number][1],
  state: State,
  way: Way,
): Promise<void> {
  const { world } = before;
  let etag = '*';
  if (state.age !== undefined) {
    etag = (await read(before, {})).headers.get('etag') ?? '';
    world.clock.skip(state.age * 1000);
  }
  const calls = world.calls();
  world.misbehave(act);
  const served = SERVED[state.name][act];
  const came = await read(before, way.init(etag));
  if (served === undefined) {
    expectFailure(came, way.name, INVALID, 'room-recordings; fwd=uri-miss; fwd-status=502');
  } else {
    expectRecording(came, way.name, served);
  }
  equal(world.calls() - calls, state === FRESH ? 0 : 1, 'calls');
  world.misbehave(undefined);
  const next = await read(before, way.init(etag));
  const isKept = act === 'good' || state === FRESH;
  if (isKept) expectRecording(next, way.name, UNASKED);
  else holds(next.status < 400, 'what comes next is served', next.status);
  equal(world.calls() - calls, (state === FRESH ? 0 : 1) + (isKept ? 0 : 1), 'calls in all');
}

/** Reads, and waits for no longer than an answer may be held up by a store. */
async function read({ world, bad }: Before, init: RequestInit): Promise<Came> {
  const written = bad.written();
  const askedAt = world.clock.now();
  const asking = world.ask(init);
  await world.clock.advance(100);
  const came = await asking;
  const ms = world.clock.now() - askedAt;
  holds(ms <= 100, 'answered within 100 ms', ms);
  const settled = world.settle();
  await Promise.race([settled, written]);
  // For so long the runtime is kept awake for a store that hangs.
  await world.clock.advance(10_000);
  await settled;
  return came;
}
