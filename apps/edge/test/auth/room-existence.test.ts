import { describe, expect, it, vi } from 'vitest';
import { NOW } from '@room-recordings/testing/fake-clock';
import { askWith, judge } from './asking.ts';
import { NOT_THERE, openRooms, pathIn, roomOf, type Rooms } from './rooms.ts';
import { twilioToken } from './tokens.ts';

// Twilio's package reads the clock of the process.
vi.useFakeTimers({ toFake: ['Date'], now: NOW });

const OWN = roomOf(1);
const ASKED = roomOf(2);
const OTHER = roomOf(3);
const mine = () => twilioToken({ room: 'daily' });
const another = () => twilioToken({ room: 'weekly' });
const invented = (nth: number) => pathIn(roomOf(0xdead00 + nth));
const recording = (nth: number) => pathIn(OWN, `RT${'b'.repeat(30)}${10 + nth}`);

/** What a room that a token does not open may be, and how it came to be known. */
const KINDS: readonly (readonly [
  string,
  Readonly<Record<string, string>>,
  (edge: Rooms) => Promise<unknown>,
])[] = [
  ['not there', {}, async () => undefined],
  ['not there, as another reader has found out', {}, (edge) => askWith(edge, another(), pathIn(ASKED))],
  ['there', { [ASKED]: 'weekly' }, async () => undefined],
  [
    'there, as its own reader knows',
    { [ASKED]: 'weekly' },
    (edge) => askWith(edge, another(), pathIn(ASKED)),
  ],
];

/** What an edge has gone through before it is asked. */
const STATES: readonly (readonly [string, string, (edge: Rooms) => Promise<unknown>])[] = [
  ['nothing before', '403', async () => undefined],
  ['three rooms that are not there', '403', (edge) => askInTurn(edge, [1, 2, 3].map(invented))],
  ['four rooms that are not there', '503', (edge) => askInTurn(edge, [1, 2, 3, 4].map(invented))],
  [
    'the same room, and three others',
    '403',
    (edge) => askInTurn(edge, [pathIn(ASKED), ...[1, 2, 3].map(invented)]),
  ],
  [
    'the same room, and four others',
    '403',
    (edge) => askInTurn(edge, [pathIn(ASKED), ...[1, 2, 3, 4].map(invented)]),
  ],
  ['a Retry-After of Twilio', '503', (edge) => failOnce(edge, 429, { headers: { 'Retry-After': '17' } })],
  ['refused credentials', '503', (edge) => failOnce(edge, 401)],
  ['an answer of 500', '403', (edge) => failOnce(edge, 500)],
  ['as many recordings that are not there as the account bears', '503', (edge) => missRecordings(edge, 5)],
];

async function askInTurn(edge: Rooms, paths: readonly string[]): Promise<void> {
  for (const path of paths) await askWith(edge, mine(), path);
}

/** Another reader meets a fault of Twilio's. */
async function failOnce(edge: Rooms, status: number, init: ResponseInit = {}): Promise<void> {
  edge.playRooms(() => new Response(null, { ...init, status }));
  await askWith(edge, another(), pathIn(OTHER));
  edge.playRooms(() => undefined);
}

async function missRecordings(edge: Rooms, count: number): Promise<void> {
  edge.playRecordings(NOT_THERE);
  for (let nth = 0; nth < count; nth += 1) await askWith(edge, mine(), recording(nth));
}

/** All that an answer tells, but for the name of the request. */
async function tell(response: Response): Promise<unknown> {
  const id = response.headers.get('X-Request-Id') ?? '';
  const text = (await response.text()).replaceAll(id, '');
  const fields = [...response.headers].filter(([name]) => name !== 'x-request-id');
  return { status: response.status, text, fields };
}

/** An edge that knows the token's own room, and what is to be known of the other one; a second has passed since. */
async function open([, names, learn]: (typeof KINDS)[number]): Promise<Rooms> {
  const edge = openRooms({ [OWN]: 'daily', ...names });
  expect(await judge(edge, mine(), pathIn(OWN))).toBe('200');
  await learn(edge);
  edge.clock.skip(1_000);
  return edge;
}

describe('a room that a token does not open', () => {
  it.each(STATES)('S77: is answered alike whatever it is, after %s', async (_what, status, goThrough) => {
    const told = await Promise.all(
      KINDS.map(async (kind) => {
        const edge = await open(kind);
        await goThrough(edge);
        return tell(await askWith(edge, mine(), pathIn(ASKED)));
      }),
    );
    expect(told[0]).toMatchObject({ status: Number(status) });
    expect(told).toEqual(told.map(() => told[0]));
  });

  it('S77: is answered alike while others are looked up, which may yet be refused', async () => {
    const told = await Promise.all(
      KINDS.map(async (kind) => {
        const edge = await open(kind);
        const paths = [...[1, 2, 3, 4].map(invented), pathIn(ASKED)];
        const asked = await Promise.all(paths.map((path) => askWith(edge, mine(), path)));
        return Promise.all(asked.map(tell));
      }),
    );
    expect(told[0]).toMatchObject([403, 403, 403, 403, 503].map((status) => ({ status })));
    expect(told).toEqual(told.map(() => told[0]));
  });

  it('S77: costs the token the same whatever it is', async () => {
    const told = await Promise.all(
      KINDS.map(async (kind) => {
        const edge = await open(kind);
        await askInTurn(edge, [pathIn(ASKED), ...[1, 2, 3].map(invented)]);
        return tell(await askWith(edge, mine(), invented(4)));
      }),
    );
    expect(told[0]).toMatchObject({ status: 503 });
    expect(told).toEqual(told.map(() => told[0]));
  });

  it.each([
    ['caps of the account', 0],
    ['memory of what was looked up', 30_000],
  ])('S77: is no more in the %s where it is there', async (_what, ms) => {
    const told = await Promise.all(
      KINDS.filter(([, , learn]) => learn.length === 0).map(async (kind) => {
        const edge = await open(kind);
        await missRecordings(edge, 4);
        await askWith(edge, mine(), pathIn(ASKED));
        edge.clock.skip(ms);
        const calls = edge.lookUps.length;
        const answers = [
          await askWith(edge, mine(), recording(9)),
          await askWith(edge, mine(), pathIn(ASKED)),
        ];
        return [edge.lookUps.length - calls, ...(await Promise.all(answers.map(tell)))];
      }),
    );
    expect(told).toHaveLength(2);
    expect(told[0]).toMatchObject(ms === 0 ? [0, { status: 503 }, {}] : [1, { status: 404 }, {}]);
    expect(told[1]).toEqual(told[0]);
  });

  it('S46: leaves open what the token opens, whatever it was refused before', async () => {
    const edge = openRooms({ [OWN]: 'daily' });
    expect(await judge(edge, mine(), pathIn(OWN))).toBe('200');
    await askInTurn(edge, [1, 2, 3, 4, 5].map(invented));
    expect(await judge(edge, mine(), pathIn(OWN))).toBe('200');
  });
});
