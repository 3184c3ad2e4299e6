import {
  parseCacheControl,
  type CacheDirectives,
  parseTargetedCacheControl,
} from '../../src/policy/cache-control.ts';
import { checkEach, equal, type Case } from '@room-recordings/testing/cases';
import { makeWorld, reply } from '../harness/world.ts';

const CC = 'cache-control';
const CDN = 'cdn-cache-control';
const KNOWN = new Set(['no-cache', 'no-store', 'private', 'public']);

const lenient = checkEach(
  'RFC 9111 §5.2 Cache-Control %s',
  [
    ['with a quoted number', 'max-age="60"', { 'max-age': 60 }, [], []],
    ['with a single-quoted number', "max-age='60'", { 'max-age': NaN }, [], []],
    ['with a blank before =', 'max-age =60', { 'max-age': 60 }, [], []],
    ['with a blank after =', 'max-age= 60', { 'max-age': NaN }, [], []],
    ['without a number', 'max-age', { 'max-age': NaN }, [], []],
    [
      'with windows without numbers',
      's-maxage, stale-while-revalidate, stale-if-error',
      { 's-maxage': NaN, 'stale-while-revalidate': NaN, 'stale-if-error': NaN },
      [],
      [],
    ],
    ['with blanks and empty members', ' ,, max-age=60 , ', { 'max-age': 60 }, [], []],
    ['that repeats a number', 'max-age=60, max-age=5', { 'max-age': 60 }, [], []],
    ['beyond 2^31', 'max-age=4294967297', { 'max-age': 2 ** 31 }, [], []],
    ['with a directive inside a string', 'a="no-store, max-age=9"', {}, [], []],
    ['with an escaped quote', String.raw`a="\", no-store", public`, {}, ['public'], []],
    ['with a string left open', 'public, a="max-age=9', {}, ['public'], []],
    ['with a lone quote', 'max-age="', { 'max-age': NaN }, [], []],
    ['with named fields', 'private="A, b", no-cache="c"', {}, [], ['a', 'b', 'c']],
    ['private both ways', 'private="a", private', {}, ['private'], ['a']],
    ['no-cache both ways', 'no-cache, no-cache="a"', {}, ['no-cache'], ['a']],
  ],
  (_, text, numbers: object, flags, withheld) => same(parseCacheControl(text), numbers, flags, withheld),
);

const strict = checkEach(
  'R53 CDN-Cache-Control %s',
  [
    ['with a number', 'max-age=60', { 'max-age': 60 }, [], []],
    ['with a string for a number', 'max-age="60"', { 'max-age': NaN }, [], []],
    ['with a decimal for a number', 'max-age=60.5', { 'max-age': NaN }, [], []],
    ['with a negative number', 'max-age=-60', { 'max-age': NaN }, [], []],
    ['that repeats a key: the last counts', 'max-age=60, max-age=5', { 'max-age': 5 }, [], []],
    ['with parameters', 'max-age=60;a;b="x";c=1.5', { 'max-age': 60 }, [], []],
    ['with every type of value', 'a=?1, b=:YQ==:, c=(1 "x" t);q, d=tok/en:x, e=()', {}, [], []],
    ['with a directive that is false', 'no-store=?0, max-age=9', { 'max-age': 9 }, [], []],
    ['with a directive that is true', 'no-store=?1', {}, ['no-store'], []],
    ['with named fields', 'private="A", no-cache=b', {}, [], ['a', 'b']],
    ['between blanks and tabs', 'max-age=60\t, \tpublic', { 'max-age': 60 }, ['public'], []],
  ],
  (_, text, numbers: object, flags, withheld) =>
    same(parseTargetedCacheControl(text), numbers, flags, withheld),
);

const ignored = checkEach(
  'R53 CDN-Cache-Control is ignored whole where it %s',
  [
    ['is empty', ''],
    ['has an unknown type', 'max-age=60, &&&&'],
    ['has an upper-case key', 'MaX-aGe=60'],
    ['has a blank before =', 'max-age =60'],
    ['has a blank after =', 'max-age= 60'],
    ['ends in a comma', 'max-age=60,'],
    ['has an empty member', 'max-age=60,,public'],
    ['has two values', 'max-age=60 public'],
    ['has a number of 16 digits', 'max-age=1234567890123456'],
    ['has a string left open', 'a="x'],
    ['has a list left open', 'a=(1'],
  ],
  async (_, text) => {
    equal(parseTargetedCacheControl(text), undefined);
    const world = makeWorld(() => reply({ [CDN]: text, [CC]: 'max-age=60' }));
    await world.get();
    await world.get();
    equal(world.sent.length, 1, 'requests');
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

/** How the fields that say how to store are read. */
export const directives: readonly Case[] = [...lenient, ...strict, ...ignored];
