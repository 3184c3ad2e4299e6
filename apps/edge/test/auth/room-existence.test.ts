import { NOW } from '@room-recordings/testing/fake-clock';
import { describe, expect, it, vi } from 'vitest';
import {
  sendToken,
  tokenStatus,
  respondNotFound,
  createRoomsEdge,
  recordingPath,
  createRoomSid,
  type RoomsEdge,
} from './helpers.ts';
import { createTwilioToken } from './tokens.ts';

// Twilio's package reads the clock of the process.
vi.useFakeTimers({ toFake: ['Date'], now: NOW });

const OWN = createRoomSid(1);
const REQUESTED = createRoomSid(2);
const OTHER = createRoomSid(3);
const ownToken = () => createTwilioToken({ room: 'daily' });
const otherToken = () => createTwilioToken({ room: 'weekly' });
const missingRoomPath = (nth: number) => recordingPath(createRoomSid(0xdead00 + nth));
const ownRoomPath = (nth: number) => recordingPath(OWN, `RT${'b'.repeat(30)}${10 + nth}`);

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
const STATES: readonly { name: string; status: number; prepare: (edge: RoomsEdge) => Promise<unknown> }[] = [
  { name: 'no earlier request', status: 403, prepare: async () => undefined },
  {
    name: 'requests for three missing rooms',
    status: 403,
    prepare: (edge) => sendInOrder(edge, [1, 2, 3].map(missingRoomPath)),
  },
  {
    name: 'requests for four missing rooms',
    status: 503,
    prepare: (edge) => sendInOrder(edge, [1, 2, 3, 4].map(missingRoomPath)),
  },
  {
    name: 'requests for the same room and three others',
    status: 403,
    prepare: (edge) => sendInOrder(edge, [recordingPath(REQUESTED), ...[1, 2, 3].map(missingRoomPath)]),
  },
  {
    name: 'requests for the same room and four others',
    status: 403,
    prepare: (edge) => sendInOrder(edge, [recordingPath(REQUESTED), ...[1, 2, 3, 4].map(missingRoomPath)]),
  },
  {
    name: 'a Retry-After from Twilio',
    status: 503,
    prepare: (edge) => failOnce(edge, 429, { headers: { 'Retry-After': '17' } }),
  },
  { name: 'a 401 from Twilio', status: 503, prepare: (edge) => failOnce(edge, 401) },
  { name: 'a 500 from Twilio', status: 403, prepare: (edge) => failOnce(edge, 500) },
  {
    name: 'as many 404s as the edge allows per second',
    status: 503,
    prepare: (edge) => missRecordings(edge, 5),
  },
];

async function sendInOrder(edge: RoomsEdge, paths: readonly string[]): Promise<void> {
  for (const path of paths) await sendToken(edge, ownToken(), path);
}

/** Lets the lookup of another client fail once. */
async function failOnce(edge: RoomsEdge, status: number, init: ResponseInit = {}): Promise<void> {
  edge.respondToRooms(() => new Response(null, { ...init, status }));
  await sendToken(edge, otherToken(), recordingPath(OTHER));
  edge.respondToRooms(() => undefined);
}

async function missRecordings(edge: RoomsEdge, count: number): Promise<void> {
  edge.respondToRecordings(respondNotFound);
  for (let nth = 0; nth < count; nth += 1) await sendToken(edge, ownToken(), ownRoomPath(nth));
}

/** Returns all parts of a response but the request id. */
async function describeResponse(response: Response): Promise<unknown> {
  const id = response.headers.get('X-Request-Id') ?? '';
  const text = (await response.text()).replaceAll(id, '');
  const headers = [...response.headers].filter(([name]) => name !== 'x-request-id');
  return { status: response.status, text, headers };
}

/** Creates an edge that has cached the granted room and, for some kinds, the other room; a second has passed since. */
async function createEdge({ names, isCached }: (typeof KINDS)[number]): Promise<RoomsEdge> {
  const edge = createRoomsEdge({ [OWN]: 'daily', ...names });
  expect(await tokenStatus(edge, ownToken(), recordingPath(OWN))).toBe('200');
  if (isCached) await sendToken(edge, otherToken(), recordingPath(REQUESTED));
  edge.clock.skip(1_000);
  return edge;
}

describe('a room that the token does not grant', () => {
  it.each(STATES)(
    'gets the same $status whether it exists, is missing or was looked up before, after $name',
    async ({ status, prepare }) => {
      const responses = await Promise.all(
        KINDS.map(async (kind) => {
          const edge = await createEdge(kind);
          await prepare(edge);
          return describeResponse(await sendToken(edge, ownToken(), recordingPath(REQUESTED)));
        }),
      );
      expect(responses[0]).toMatchObject({ status });
      expect(responses).toEqual(responses.map(() => responses[0]));
    },
  );

  it('gets the same response whether or not it exists, while lookups of other rooms are pending', async () => {
    const responses = await Promise.all(
      KINDS.map(async (kind) => {
        const edge = await createEdge(kind);
        const paths = [...[1, 2, 3, 4].map(missingRoomPath), recordingPath(REQUESTED)];
        const sent = await Promise.all(paths.map((path) => sendToken(edge, ownToken(), path)));
        return Promise.all(sent.map(describeResponse));
      }),
    );
    expect(responses[0]).toMatchObject([403, 403, 403, 403, 503].map((status) => ({ status })));
    expect(responses).toEqual(responses.map(() => responses[0]));
  });

  it('counts against the limit of the token whether or not it exists', async () => {
    const responses = await Promise.all(
      KINDS.map(async (kind) => {
        const edge = await createEdge(kind);
        await sendInOrder(edge, [recordingPath(REQUESTED), ...[1, 2, 3].map(missingRoomPath)]);
        return describeResponse(await sendToken(edge, ownToken(), missingRoomPath(4)));
      }),
    );
    expect(responses[0]).toMatchObject({ status: 503 });
    expect(responses).toEqual(responses.map(() => responses[0]));
  });

  it.each([
    { name: 'limits of the account', ms: 0 },
    { name: 'cache of looked-up rooms', ms: 30_000 },
  ])('counts in the $name whether or not it exists', async ({ ms }) => {
    const responses = await Promise.all(
      KINDS.filter(({ isCached }) => !isCached).map(async (kind) => {
        const edge = await createEdge(kind);
        await missRecordings(edge, 4);
        await sendToken(edge, ownToken(), recordingPath(REQUESTED));
        edge.clock.skip(ms);
        const calls = edge.lookups.length;
        const sent = [
          await sendToken(edge, ownToken(), ownRoomPath(9)),
          await sendToken(edge, ownToken(), recordingPath(REQUESTED)),
        ];
        return [edge.lookups.length - calls, ...(await Promise.all(sent.map(describeResponse)))];
      }),
    );
    expect(responses).toHaveLength(2);
    expect(responses[0]).toMatchObject(ms === 0 ? [0, { status: 503 }, {}] : [1, { status: 404 }, {}]);
    expect(responses[1]).toEqual(responses[0]);
  });

  it('does not affect a room that the token grants, even after five denied rooms', async () => {
    const edge = createRoomsEdge({ [OWN]: 'daily' });
    expect(await tokenStatus(edge, ownToken(), recordingPath(OWN))).toBe('200');
    await sendInOrder(edge, [1, 2, 3, 4, 5].map(missingRoomPath));
    expect(await tokenStatus(edge, ownToken(), recordingPath(OWN))).toBe('200');
  });
});
