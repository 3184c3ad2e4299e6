import { describe, expect, it } from 'vitest';
import { evaluateConditions, isRangeCurrent, parseRange } from '../../src/http/range.ts';

const SIZE = 1000;
const ETAG = '"etag"';

describe('parseRange()', () => {
  it.each([
    { name: 'a first and a last byte', value: 'bytes=0-99', start: 0, end: 100 },
    { name: 'one byte', value: 'bytes=999-999', start: 999, end: 1000 },
    { name: 'a last byte after the end', value: 'bytes=900-5000', start: 900, end: 1000 },
    {
      name: 'a last byte beyond the safe integers',
      value: 'bytes=1-99999999999999999999',
      start: 1,
      end: 1000,
    },
    { name: 'a suffix', value: 'bytes=-100', start: 900, end: 1000 },
    { name: 'a suffix longer than the whole', value: 'bytes=-5000', start: 0, end: 1000 },
    { name: 'another case of the unit', value: 'Bytes=0-99', start: 0, end: 100 },
  ])('a range with $name selects its bytes', ({ value, start, end }) => {
    expect(parseRange(value, SIZE)).toEqual({ start, end, isOpenEnded: false });
  });

  it('a range without a last byte is open-ended', () => {
    expect(parseRange('bytes=100-', SIZE)).toEqual({ start: 100, end: 1000, isOpenEnded: true });
  });

  it.each([
    { name: 'the first byte is at the end', value: 'bytes=1000-' },
    { name: 'the first byte is after the end', value: 'bytes=2000-3000' },
    { name: 'the suffix is empty', value: 'bytes=-0' },
  ])('a range is unsatisfiable if $name', ({ value }) => {
    expect(parseRange(value, SIZE)).toBe('unsatisfiable');
  });

  it.each([
    { name: 'no header', value: undefined },
    { name: 'several ranges', value: 'bytes=0-1,5-6' },
    { name: 'another unit', value: 'seconds=0-1' },
    { name: 'a range without numbers', value: 'bytes=-' },
    { name: 'a range that ends before it begins', value: 'bytes=5-4' },
    { name: 'a sign', value: 'bytes=+1-2' },
    { name: 'text', value: 'bytes=a-b' },
  ])('$name selects the whole', ({ value }) => {
    expect(parseRange(value, SIZE)).toBe('whole');
  });
});

describe('evaluateConditions()', () => {
  it.each([
    { name: 'If-Match with the ETag', headers: { 'if-match': '"other", "etag"' }, status: undefined },
    { name: 'If-Match with any ETag', headers: { 'if-match': '*' }, status: undefined },
    { name: 'If-Match with another ETag', headers: { 'if-match': '"other"' }, status: 412 },
    { name: 'If-Match with the ETag as a weak one', headers: { 'if-match': 'W/"etag"' }, status: 412 },
    { name: 'If-None-Match with the ETag', headers: { 'if-none-match': '"a,b", "etag"' }, status: 304 },
    {
      name: 'If-None-Match with the ETag as a weak one',
      headers: { 'if-none-match': 'W/"etag"' },
      status: 304,
    },
    { name: 'If-None-Match with any ETag', headers: { 'if-none-match': '*' }, status: 304 },
    { name: 'If-None-Match with another ETag', headers: { 'if-none-match': '"other"' }, status: undefined },
    {
      name: 'If-Match that fails beside If-None-Match that matches',
      headers: { 'if-match': '"other"', 'if-none-match': ETAG },
      status: 412,
    },
    {
      name: 'a date',
      headers: { 'if-unmodified-since': 'Sat, 01 Jan 2000 00:00:00 GMT' },
      status: undefined,
    },
  ])('$name gives $status', ({ headers, status }) => {
    expect(evaluateConditions(new Headers(headers), ETAG)).toBe(status);
  });

  it('a representation without an ETag matches `*` only', () => {
    expect(evaluateConditions(new Headers({ 'if-match': ETAG }), null)).toBe(412);
    expect(evaluateConditions(new Headers({ 'if-none-match': ETAG }), null)).toBeUndefined();
    expect(evaluateConditions(new Headers({ 'if-match': '*' }), null)).toBeUndefined();
  });
});

describe('isRangeCurrent()', () => {
  it.each([
    { name: 'without If-Range', headers: {}, expected: true },
    { name: 'with the ETag in If-Range', headers: { 'if-range': ETAG }, expected: true },
    { name: 'with another ETag in If-Range', headers: { 'if-range': '"other"' }, expected: false },
    { name: 'with the ETag as a weak one in If-Range', headers: { 'if-range': 'W/"etag"' }, expected: false },
    {
      name: 'with a date in If-Range',
      headers: { 'if-range': 'Sat, 01 Jan 2000 00:00:00 GMT' },
      expected: false,
    },
  ])('$name the result is $expected', ({ headers, expected }) => {
    expect(isRangeCurrent(new Headers(headers), ETAG)).toBe(expected);
  });
});
