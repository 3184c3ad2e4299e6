import {
  parseCacheControl,
  type CacheDirectives,
  parseTargetedCacheControl,
} from '../../src/policy/cache-control.ts';
import { checkEach, equal, type Case } from '@room-recordings/testing/cases';
import { createHarness, reply } from '../harness/harness.ts';

const CC = 'cache-control';
const CDN = 'cdn-cache-control';
const KNOWN = new Set(['no-cache', 'no-store', 'private', 'public']);

const lenient = checkEach(
  'Cache-Control $name is parsed leniently (RFC 9111 §5.2)',
  [
    {
      name: 'with a quoted number',
      text: 'max-age="60"',
      numbers: { 'max-age': 60 },
      flags: [],
      withheld: [],
    },
    {
      name: 'with a single-quoted number',
      text: "max-age='60'",
      numbers: { 'max-age': NaN },
      flags: [],
      withheld: [],
    },
    {
      name: 'with whitespace before =',
      text: 'max-age =60',
      numbers: { 'max-age': 60 },
      flags: [],
      withheld: [],
    },
    {
      name: 'with whitespace after =',
      text: 'max-age= 60',
      numbers: { 'max-age': NaN },
      flags: [],
      withheld: [],
    },
    { name: 'without a number', text: 'max-age', numbers: { 'max-age': NaN }, flags: [], withheld: [] },
    {
      name: 'with stale-while-revalidate and stale-if-error without numbers',
      text: 's-maxage, stale-while-revalidate, stale-if-error',
      numbers: { 's-maxage': NaN, 'stale-while-revalidate': NaN, 'stale-if-error': NaN },
      flags: [],
      withheld: [],
    },
    {
      name: 'with whitespace and empty members',
      text: ' ,, max-age=60 , ',
      numbers: { 'max-age': 60 },
      flags: [],
      withheld: [],
    },
    {
      name: 'that repeats a number',
      text: 'max-age=60, max-age=5',
      numbers: { 'max-age': 60 },
      flags: [],
      withheld: [],
    },
    {
      name: 'with a number beyond 2^31',
      text: 'max-age=4294967297',
      numbers: { 'max-age': 2 ** 31 },
      flags: [],
      withheld: [],
    },
    {
      name: 'with a directive inside a quoted string',
      text: 'a="no-store, max-age=9"',
      numbers: {},
      flags: [],
      withheld: [],
    },
    {
      name: 'with an escaped quote',
      text: String.raw`a="\", no-store", public`,
      numbers: {},
      flags: ['public'],
      withheld: [],
    },
    {
      name: 'with an unterminated string',
      text: 'public, a="max-age=9',
      numbers: {},
      flags: ['public'],
      withheld: [],
    },
    {
      name: 'with a single double quote as its value',
      text: 'max-age="',
      numbers: { 'max-age': NaN },
      flags: [],
      withheld: [],
    },
    {
      name: 'with header names',
      text: 'private="A, b", no-cache="c"',
      numbers: {},
      flags: [],
      withheld: ['a', 'b', 'c'],
    },
    {
      name: 'with private in both forms',
      text: 'private="a", private',
      numbers: {},
      flags: ['private'],
      withheld: ['a'],
    },
    {
      name: 'with no-cache in both forms',
      text: 'no-cache, no-cache="a"',
      numbers: {},
      flags: ['no-cache'],
      withheld: ['a'],
    },
  ],
  ({ text, numbers, flags, withheld }) => same(parseCacheControl(text), numbers, flags, withheld),
);

const strict = checkEach(
  'CDN-Cache-Control $name is parsed strictly (RFC 9213 §2.1)',
  [
    { name: 'with a number', text: 'max-age=60', numbers: { 'max-age': 60 }, flags: [], withheld: [] },
    {
      name: 'with a string for a number',
      text: 'max-age="60"',
      numbers: { 'max-age': NaN },
      flags: [],
      withheld: [],
    },
    {
      name: 'with a decimal for a number',
      text: 'max-age=60.5',
      numbers: { 'max-age': NaN },
      flags: [],
      withheld: [],
    },
    {
      name: 'with a negative number',
      text: 'max-age=-60',
      numbers: { 'max-age': NaN },
      flags: [],
      withheld: [],
    },
    {
      name: 'that repeats a key, of which the last one counts,',
      text: 'max-age=60, max-age=5',
      numbers: { 'max-age': 5 },
      flags: [],
      withheld: [],
    },
    {
      name: 'with parameters',
      text: 'max-age=60;a;b="x";c=1.5',
      numbers: { 'max-age': 60 },
      flags: [],
      withheld: [],
    },
    {
      name: 'with every type of value',
      text: 'a=?1, b=:YQ==:, c=(1 "x" t);q, d=tok/en:x, e=()',
      numbers: {},
      flags: [],
      withheld: [],
    },
    {
      name: 'with a directive that is false',
      text: 'no-store=?0, max-age=9',
      numbers: { 'max-age': 9 },
      flags: [],
      withheld: [],
    },
    {
      name: 'with a directive that is true',
      text: 'no-store=?1',
      numbers: {},
      flags: ['no-store'],
      withheld: [],
    },
    {
      name: 'with header names',
      text: 'private="A", no-cache=b',
      numbers: {},
      flags: [],
      withheld: ['a', 'b'],
    },
    {
      name: 'with spaces and tabs around a comma',
      text: 'max-age=60\t, \tpublic',
      numbers: { 'max-age': 60 },
      flags: ['public'],
      withheld: [],
    },
  ],
  ({ text, numbers, flags, withheld }) => same(parseTargetedCacheControl(text), numbers, flags, withheld),
);

const ignored = checkEach(
  'CDN-Cache-Control is ignored if it $name (RFC 9213 §2.2)',
  [
    { name: 'is empty', text: '' },
    { name: 'has an unknown type', text: 'max-age=60, &&&&' },
    { name: 'has an upper-case key', text: 'MaX-aGe=60' },
    { name: 'has whitespace before =', text: 'max-age =60' },
    { name: 'has whitespace after =', text: 'max-age= 60' },
    { name: 'ends in a comma', text: 'max-age=60,' },
    { name: 'has an empty member', text: 'max-age=60,,public' },
    { name: 'has two values', text: 'max-age=60 public' },
    { name: 'has a number of 16 digits', text: 'max-age=1234567890123456' },
    { name: 'has an unterminated string', text: 'a="x' },
    { name: 'has an unterminated list', text: 'a=(1' },
  ],
  async ({ text }) => {
    equal(parseTargetedCacheControl(text), undefined);
    const harness = createHarness(() => reply({ [CDN]: text, [CC]: 'max-age=60' }));
    await harness.get();
    await harness.get();
    equal(harness.originRequests.length, 1, 'requests');
  },
);

function same(
  directives: CacheDirectives | undefined,
  numbers: object,
  flags: readonly string[],
  withheld: readonly string[],
): void {
  equal(directives && Object.fromEntries(directives.numbers), numbers);
  equal(directives && [...directives.flags].filter((name) => KNOWN.has(name)), flags);
  equal(directives?.privateFieldNames, withheld);
}

/** The parsers of Cache-Control and CDN-Cache-Control. */
export const directives: readonly Case[] = [...lenient, ...strict, ...ignored];
