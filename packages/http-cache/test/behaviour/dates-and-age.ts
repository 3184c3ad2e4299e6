import { check, checkEach, equal, type Case } from '@room-recordings/testing/cases';
import { httpDate, fresh, createHarness, reply, START, cacheStatus } from '../harness/harness.ts';
import { parseHttpDate } from '../../src/policy/http-date.ts';

const dates = checkEach(
  '$name (RFC 9110 §5.6.7)',
  [
    {
      name: 'an IMF-fixdate is parsed',
      text: 'Sun, 06 Nov 1994 08:49:37 GMT',
      instant: Date.UTC(1994, 10, 6, 8, 49, 37),
    },
    {
      name: 'an RFC 850 date is parsed',
      text: 'Sunday, 06-Nov-94 08:49:37 GMT',
      instant: Date.UTC(1994, 10, 6, 8, 49, 37),
    },
    {
      name: 'an asctime date is parsed',
      text: 'Sun Nov  6 08:49:37 1994',
      instant: Date.UTC(1994, 10, 6, 8, 49, 37),
    },
    {
      name: 'a two-digit year up to 50 years ahead is in the future',
      text: 'Friday, 01-Jan-76 00:00:00 GMT',
      instant: Date.UTC(2076, 0, 1),
    },
    {
      name: 'a two-digit year further ahead is in the past',
      text: 'Saturday, 01-Jan-77 00:00:00 GMT',
      instant: Date.UTC(1977, 0, 1),
    },
    {
      name: 'a leap second is the next minute',
      text: 'Sat, 31 Dec 2016 23:59:60 GMT',
      instant: Date.UTC(2017, 0, 1),
    },
    {
      name: '29 February of a leap year is valid',
      text: 'Thu, 29 Feb 2024 00:00:00 GMT',
      instant: Date.UTC(2024, 1, 29),
    },
    { name: '29 February of another year is invalid', text: 'Sat, 29 Feb 2025 00:00:00 GMT', instant: NaN },
    { name: 'day 0 is invalid', text: 'Sat, 00 Feb 2025 00:00:00 GMT', instant: NaN },
    { name: 'hour 24 is invalid', text: 'Sat, 01 Feb 2025 24:00:00 GMT', instant: NaN },
    { name: 'minute 60 is invalid', text: 'Sat, 01 Feb 2025 00:60:00 GMT', instant: NaN },
    { name: 'second 61 is invalid', text: 'Sat, 01 Feb 2025 00:00:61 GMT', instant: NaN },
    {
      name: 'a year before 100 is not changed',
      text: 'Sat, 01 Jan 0050 00:00:00 GMT',
      instant: Date.parse('0050-01-01T00:00:00Z'),
    },
    { name: 'an ISO 8601 date is invalid', text: '2025-02-01T00:00:00Z', instant: NaN },
  ],
  ({ text, instant }) => equal(parseHttpDate(text, START), instant),
);

const ages = checkEach(
  'Age $name',
  [
    { name: 'of the origin is added to that of this cache', headers: { age: '10' }, seconds: 5, age: '15' },
    { name: 'of the origin counts as 0 if it is negative', headers: { age: '-10' }, seconds: 5, age: '5' },
    { name: 'of the origin counts as 0 if it has decimals', headers: { age: '10.5' }, seconds: 5, age: '5' },
    { name: 'of the origin counts as 0 if it is a word', headers: { age: 'old' }, seconds: 5, age: '5' },
    { name: 'of the origin counts as 0 if it is empty', headers: { age: '' }, seconds: 5, age: '5' },
    {
      name: 'of the origin in two lines is the first one',
      headers: { age: ['10', '20'] },
      seconds: 5,
      age: '15',
    },
    { name: 'is rounded down to whole seconds', headers: {}, seconds: 5.9, age: '5' },
  ],
  async ({ headers, seconds, age }) => {
    const harness = createHarness(() => fresh(headers));
    await harness.get();
    harness.advance(seconds);
    equal((await harness.get()).headers.get('age'), age);
  },
);

export const datesAndAge: readonly Case[] = [
  ...dates,
  ...ages,
  check('Age includes the response time of the origin', async () => {
    const harness = createHarness(() => {
      harness.advance(4);
      return fresh();
    });
    const first = await harness.get();
    harness.advance(1);
    equal([first.headers.get('age'), (await harness.get()).headers.get('age')], ['4', '5']);
  }),
  check('a response of the origin has no Age, and the Age of its hits increases each second', async () => {
    const harness = createHarness(() => fresh());
    const ages = [(await harness.get()).headers.get('age')];
    for (let second = 0; second < 3; second += 1) {
      ages.push((await harness.get()).headers.get('age'));
      harness.advance(1);
    }
    equal(ages, [null, '0', '1', '2']);
  }),
  check('Age is at most 2^31', async () => {
    const harness = createHarness(() =>
      reply({ 'cache-control': 'max-age=99, stale-while-revalidate=99999999999' }),
    );
    await harness.get();
    harness.advance(2 ** 31 + 99);
    equal((await harness.get()).headers.get('age'), '2147483648');
    harness.setOrigin(() => reply({ 'cache-control': 'max-age=2147483648', age: '2147483640' }));
    await harness.get('/old');
    harness.advance(7);
    equal((await harness.get('/old')).headers.get('age'), '2147483647');
  }),
  check('a hit keeps the Date of the stored response', async () => {
    const harness = createHarness(() => fresh({ date: httpDate(-10) }));
    await harness.get();
    harness.advance(30);
    equal((await harness.get()).headers.get('date'), httpDate(-10));
  }),
  check('a response without Date gets the time of its arrival and keeps it', async () => {
    const harness = createHarness(() => fresh());
    const first = await harness.get();
    harness.advance(30);
    equal(
      [first, await harness.get()].map(({ headers }) => headers.get('date')),
      [httpDate(0), httpDate(0)],
    );
  }),
  check('a response is stale if its age equals its lifetime', async () => {
    const harness = createHarness(() => fresh());
    await harness.get();
    harness.advance(59.999);
    await harness.get();
    equal(harness.originRequests.length, 1, 'requests');
    harness.advance(0.001);
    await harness.get();
    equal(harness.originRequests.length, 2, 'requests');
  }),
  check('the Date of the origin neither shortens nor extends a lifetime', async () => {
    for (const date of [httpDate(-86_400), httpDate(86_400)]) {
      const harness = createHarness(() => fresh({ date }));
      await harness.get();
      harness.advance(59);
      await harness.get();
      equal(harness.originRequests.length, 1, 'requests');
      harness.advance(2);
      await harness.get();
      equal(harness.originRequests.length, 2, 'requests');
    }
  }),
  check('a clock that goes back does not lower Age below its initial value', async () => {
    const harness = createHarness(() => fresh({ age: '5' }));
    await harness.get();
    harness.advance(-100);
    equal((await harness.get()).headers.get('age'), '5');
  }),
  check('the heuristic lifetime is a tenth of the time since Last-Modified, and at most a day', async () => {
    for (const [unchanged, lifetime] of [
      [1000, 100],
      [9_000_000, 86_400],
    ] as const) {
      const harness = createHarness(() =>
        reply({ 'last-modified': httpDate(-unchanged), date: httpDate(0) }),
      );
      await harness.get();
      equal(cacheStatus(await harness.get()), `http-cache; hit; ttl=${lifetime}`);
    }
  }),
  check('a Last-Modified after Date gives a heuristic lifetime of 0', async () => {
    const harness = createHarness(() => reply({ 'last-modified': httpDate(1000), date: httpDate(0) }));
    await harness.get();
    await harness.get();
    equal(harness.originRequests.length, 2, 'requests');
  }),
];
