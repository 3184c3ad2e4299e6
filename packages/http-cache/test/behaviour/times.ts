import { check, checkEach, equal, type Case } from '@room-recordings/testing/cases';
import { dateAt, fresh, makeWorld, reply, START, statusOf } from '../harness/world.ts';
import { parseHttpDate } from '../../src/policy/http-date.ts';

const dates = checkEach(
  'RFC 9110 §5.6.7 %s',
  [
    ['an IMF-fixdate is read', 'Sun, 06 Nov 1994 08:49:37 GMT', Date.UTC(1994, 10, 6, 8, 49, 37)],
    ['an RFC 850 date is read', 'Sunday, 06-Nov-94 08:49:37 GMT', Date.UTC(1994, 10, 6, 8, 49, 37)],
    ['an asctime date is read', 'Sun Nov  6 08:49:37 1994', Date.UTC(1994, 10, 6, 8, 49, 37)],
    [
      'a two-digit year up to 50 years ahead is ahead',
      'Friday, 01-Jan-76 00:00:00 GMT',
      Date.UTC(2076, 0, 1),
    ],
    ['a two-digit year further ahead has passed', 'Saturday, 01-Jan-77 00:00:00 GMT', Date.UTC(1977, 0, 1)],
    ['a leap second is the next minute', 'Sat, 31 Dec 2016 23:59:60 GMT', Date.UTC(2017, 0, 1)],
    ['the leap day of a leap year exists', 'Thu, 29 Feb 2024 00:00:00 GMT', Date.UTC(2024, 1, 29)],
    ['the leap day of another year does not', 'Sat, 29 Feb 2025 00:00:00 GMT', NaN],
    ['day 0 does not exist', 'Sat, 00 Feb 2025 00:00:00 GMT', NaN],
    ['hour 24 does not exist', 'Sat, 01 Feb 2025 24:00:00 GMT', NaN],
    ['minute 60 does not exist', 'Sat, 01 Feb 2025 00:60:00 GMT', NaN],
    ['second 61 does not exist', 'Sat, 01 Feb 2025 00:00:61 GMT', NaN],
    ['a year before 100 is not moved', 'Sat, 01 Jan 0050 00:00:00 GMT', Date.parse('0050-01-01T00:00:00Z')],
    ['ISO 8601 is no HTTP-date', '2025-02-01T00:00:00Z', NaN],
  ],
  (_, text, instant) => equal(parseHttpDate(text, START), instant),
);

const ages = checkEach(
  'R27 Age %s',
  [
    ['of the origin is added to', { age: '10' }, 5, '15'],
    ['that is negative is 0', { age: '-10' }, 5, '5'],
    ['that is a float is 0', { age: '10.5' }, 5, '5'],
    ['that is a word is 0', { age: 'old' }, 5, '5'],
    ['that is empty is 0', { age: '' }, 5, '5'],
    ['in two lines is the first', { age: ['10', '20'] }, 5, '15'],
    ['is whole seconds, rounded down', {}, 5.9, '5'],
  ],
  async (_, fields: Record<string, string | string[]>, seconds: number, age: string) => {
    const world = makeWorld(() => fresh(fields));
    await world.get();
    world.pass(seconds);
    equal((await world.get()).headers.get('age'), age);
  },
);

export const times: readonly Case[] = [
  ...dates,
  ...ages,
  check('R27 Age counts the whole time that the origin took', async () => {
    const world = makeWorld(() => {
      world.pass(4);
      return fresh();
    });
    const first = await world.get();
    world.pass(1);
    equal([first.headers.get('age'), (await world.get()).headers.get('age')], ['4', '5']);
  }),
  check('R27 what comes from the origin has no Age, and grows one by a second each second', async () => {
    const world = makeWorld(() => fresh());
    const ages = [(await world.get()).headers.get('age')];
    for (let second = 0; second < 3; second += 1) {
      ages.push((await world.get()).headers.get('age'));
      world.pass(1);
    }
    equal(ages, [null, '0', '1', '2']);
  }),
  check('R27 Age saturates at 2^31', async () => {
    const world = makeWorld(() =>
      reply({ 'cache-control': 'max-age=99, stale-while-revalidate=99999999999' }),
    );
    await world.get();
    world.pass(2 ** 31 + 99);
    equal((await world.get()).headers.get('age'), '2147483648');
    world.answer(() => reply({ 'cache-control': 'max-age=2147483648', age: '2147483640' }));
    await world.get('/old');
    world.pass(7);
    equal((await world.get('/old')).headers.get('age'), '2147483647');
  }),
  check('R28 Date is not renewed on a hit', async () => {
    const world = makeWorld(() => fresh({ date: dateAt(-10) }));
    await world.get();
    world.pass(30);
    equal((await world.get()).headers.get('date'), dateAt(-10));
  }),
  check('R28 an answer without Date gets that of the moment it came, and keeps it', async () => {
    const world = makeWorld(() => fresh());
    const first = await world.get();
    world.pass(30);
    equal(
      [first, await world.get()].map(({ headers }) => headers.get('date')),
      [dateAt(0), dateAt(0)],
    );
  }),
  check('R29 at equality it is stale', async () => {
    const world = makeWorld(() => fresh());
    await world.get();
    world.pass(59.999);
    await world.get();
    equal(world.sent.length, 1, 'requests');
    world.pass(0.001);
    await world.get();
    equal(world.sent.length, 2, 'requests');
  }),
  check('R29 the Date of the origin neither shortens nor extends a lifetime', async () => {
    for (const date of [dateAt(-86_400), dateAt(86_400)]) {
      const world = makeWorld(() => fresh({ date }));
      await world.get();
      world.pass(59);
      await world.get();
      equal(world.sent.length, 1, 'requests');
      world.pass(2);
      await world.get();
      equal(world.sent.length, 2, 'requests');
    }
  }),
  check('R29 a clock that goes back makes nothing younger than it came', async () => {
    const world = makeWorld(() => fresh({ age: '5' }));
    await world.get();
    world.pass(-100);
    equal((await world.get()).headers.get('age'), '5');
  }),
  check('a lifetime by heuristics is a tenth of the time without change, and a day at most', async () => {
    for (const [unchanged, lifetime] of [
      [1000, 100],
      [9_000_000, 86_400],
    ] as const) {
      const world = makeWorld(() => reply({ 'last-modified': dateAt(-unchanged), date: dateAt(0) }));
      await world.get();
      equal(statusOf(await world.get()), `http-cache; hit; ttl=${lifetime}`);
    }
  }),
  check('a Last-Modified after Date gives no lifetime', async () => {
    const world = makeWorld(() => reply({ 'last-modified': dateAt(1000), date: dateAt(0) }));
    await world.get();
    await world.get();
    equal(world.sent.length, 2, 'requests');
  }),
];
