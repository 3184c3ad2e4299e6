import { describe, expect, it, vi } from 'vitest';
import { NOW } from '@room-recordings/testing/fake-clock';
import { askWith, judge } from './asking.ts';
import { NOT_THERE, openRooms, pathIn, roomOf, type Rooms } from './rooms.ts';
import { twilioToken } from './tokens.ts';

// Twilio's package reads the clock of the process.
vi.useFakeTimers({ toFake: ['Date'], now: NOW });

const OWN = roomOf(1);
const REQUESTED = roomOf(2);
const OTHER = roomOf(3);
const ownToken = () => twilioToken({ room: 'daily' });
const otherToken = () => twilioToken({ room: 'weekly' });
const invented = (nth: number) => pathIn(roomOf(0xdead00 + nth));
const recording = (nth: number) => pathIn(OWN, `RT${'b'.repeat(30)}${10 + nth}`);

/** The kinds of rooms that a token does not grant, and how the edge has learned of them. */
const KINDS: readonly {
  name: string;
  names: Readonly<Record<string, string>>;
  isCached: boolean;
}[] = [
  { name: 'a missing room', names: {}, isCached: false },
  { name: 'a missing room that another client has looked up', names: {}, isCached: true },
  { name: 'an existing room', names: { [REQUESTED]: 'weekly' }, isCached: false },
  {
    name: 'an existing room that its own client has looked up',
    names: { [REQUESTED]: 'weekly' },
    isCached: true,
  },
];

/** The states of an edge before the request. */
const STATES: readonly { name: string; status: number; prepare: (edge: Rooms) => Promise<unknown> }[] = [
  { name: 'no other request', status: 403, prepare: async () => undefined },
  {
    name: 'three missing rooms',
    status: 403,
    prepare: (edge) => sendInOrder(edge, [1, 2, 3].map(invented)),
  },
  {
    name: 'four missing rooms',
    status: 503,
    prepare: (edge) => sendInOrder(edge, [1, 2, 3, 4].map(invented)),
  },
  {
    name: 'the same room and three others',
    status: 403,
    prepare: (edge) => sendInOrder(edge, [pathIn(REQUESTED), ...[1, 2, 3].map(invented)]),
  },
  {
    name: 'the same room and four others',
    status: 403,
    prepare: (edge) => sendInOrder(edge, [pathIn(REQUESTED), ...[1, 2, 3, 4].map(invented)]),
  },
  {
    name: 'a Retry-After of Twilio',
    status: 503,
    prepare: (edge) => failOnce(edge, 429, { headers: { 'Retry-After': '17' } }),
  },
  { name: 'rejected credentials', status: 503, prepare: (edge) => failOnce(edge, 401) },
  { name: 'a 500 of Twilio', status: 403, prepare: (edge) => failOnce(edge, 500) },
  {
    name: 'as many missing recordings as the account may read',
    status: 503,
    prepare: (edge) => missRecordings(edge, 5),
  },
];

async function sendInOrder(edge: Rooms, paths: readonly string[]): Promise<void> {
  for (const path of paths) await askWith(edge, ownToken(), path);
}

/** Lets the lookup of another client fail once. */
async function failOnce(edge: Rooms, status: number, init: ResponseInit = {}): Promise<void> {
  edge.playRooms(() => new Response(null, { ...init, status }));
  await askWith(edge, otherToken(), pathIn(OTHER));
  edge.playRooms(() => undefined);
}

async function missRecordings(edge: Rooms, count: number): Promise<void> {
  edge.playRecordings(NOT_THERE);
  for (let nth = 0; nth < count; nth += 1) await askWith(edge, ownToken(), recording(nth));
}

/** Returns all parts of a response but the request id. */
async function describeResponse(response: Response): Promise<unknown> {
  const id = response.headers.get('X-Request-Id') ?? '';
  const text = (await response.text()).replaceAll(id, '');
  const headers = [...response.headers].filter(([name]) => name !== 'x-request-id');
  return { status: response.status, text, headers };
}

/** Creates an edge that has cached the granted room and, for some kinds, the other room; a second has passed since. */
async function open({ names, isCached }: (typeof KINDS)[number]): Promise<Rooms> {
  const edge = openRooms({ [OWN]: 'daily', ...names });
  expect(await judge(edge, ownToken(), pathIn(OWN))).toBe('200');
  if (isCached) await askWith(edge, otherToken(), pathIn(REQUESTED));
  edge.clock.skip(1_000);
  return edge;
}

describe('a room that the token does not grant', () => {
  it.each(STATES)('gets the same $status whatever it is, after $name', async ({ status, prepare }) => {
    const responses = await Promise.all(
      KINDS.map(async (kind) => {
        const edge = await open(kind);
        await prepare(edge);
        return describeResponse(await askWith(edge, ownToken(), pathIn(REQUESTED)));
      }),
    );
    expect(responses[0]).toMatchObject({ status });
    expect(responses).toEqual(responses.map(() => responses[0]));
  });

  it('gets the same response whatever it is, while lookups of other rooms are pending', async () => {
    const responses = await Promise.all(
      KINDS.map(async (kind) => {
        const edge = await open(kind);
        const paths = [...[1, 2, 3, 4].map(invented), pathIn(REQUESTED)];
        const sent = await Promise.all(paths.map((path) => askWith(edge, ownToken(), path)));
        return Promise.all(sent.map(describeResponse));
      }),
    );
    expect(responses[0]).toMatchObject([403, 403, 403, 403, 503].map((status) => ({ status })));
    expect(responses).toEqual(responses.map(() => responses[0]));
  });

  it('counts the same against the limit of the token, whatever it is', async () => {
    const responses = await Promise.all(
      KINDS.map(async (kind) => {
        const edge = await open(kind);
        await sendInOrder(edge, [pathIn(REQUESTED), ...[1, 2, 3].map(invented)]);
        return describeResponse(await askWith(edge, ownToken(), invented(4)));
      }),
    );
    expect(responses[0]).toMatchObject({ status: 503 });
    expect(responses).toEqual(responses.map(() => responses[0]));
  });

  it.each([
    { name: 'limits of the account', ms: 0 },
    { name: 'cache of looked-up rooms', ms: 30_000 },
  ])('counts the same in the $name, whether it exists or not', async ({ ms }) => {
    const responses = await Promise.all(
      KINDS.filter(({ isCached }) => !isCached).map(async (kind) => {
        const edge = await open(kind);
        await missRecordings(edge, 4);
        await askWith(edge, ownToken(), pathIn(REQUESTED));
        edge.clock.skip(ms);
        const calls = edge.lookUps.length;
        const sent = [
          await askWith(edge, ownToken(), recording(9)),
          await askWith(edge, ownToken(), pathIn(REQUESTED)),
        ];
        return [edge.lookUps.length - calls, ...(await Promise.all(sent.map(describeResponse)))];
      }),
    );
    expect(responses).toHaveLength(2);
    expect(responses[0]).toMatchObject(ms === 0 ? [0, { status: 503 }, {}] : [1, { status: 404 }, {}]);
    expect(responses[1]).toEqual(responses[0]);
  });

  it('does not affect a room that the token grants, however many rooms it was denied', async () => {
    const edge = openRooms({ [OWN]: 'daily' });
    expect(await judge(edge, ownToken(), pathIn(OWN))).toBe('200');
    await sendInOrder(edge, [1, 2, 3, 4, 5].map(invented));
    expect(await judge(edge, ownToken(), pathIn(OWN))).toBe('200');
  });
});
