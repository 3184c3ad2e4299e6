import { describe, expect, it } from 'vitest';
import { evaluatePreconditions } from '../../src/http/respond.ts';

const ETAG = 'W/"abc"';

describe('judge', () => {
  it.each([
    ['R11: nothing is asked for', {}, 'send'],
    ['R02: the same weak tag', { 'If-None-Match': 'W/"abc"' }, 'not-modified'],
    ['R03: the same tag, strong', { 'If-None-Match': '"abc"' }, 'not-modified'],
    ['R03: first of a list', { 'If-None-Match': '"abc", "x", W/"y"' }, 'not-modified'],
    ['R03: in the middle of a list', { 'If-None-Match': '"x","abc","y"' }, 'not-modified'],
    [
      'R03: last of a list with spaces and empty members',
      { 'If-None-Match': ' "x" ,, ,  W/"abc" ' },
      'not-modified',
    ],
    ['R03: none of a list', { 'If-None-Match': '"x", "y"' }, 'send'],
    ['R04: any', { 'If-None-Match': '*' }, 'not-modified'],
    ['R05: no quotes', { 'If-None-Match': 'abc' }, 'send'],
    ['R05: a lower-case w/', { 'If-None-Match': 'w/"abc"' }, 'send'],
    ['R05: a part of the tag', { 'If-None-Match': '"ab"' }, 'send'],
    [
      'R06: a date beside another tag',
      { 'If-None-Match': '"x"', 'If-Modified-Since': 'Tue, 01 Jan 2030 00:00:00 GMT' },
      'send',
    ],
    ['R07: a date alone', { 'If-Modified-Since': 'Tue, 01 Jan 2030 00:00:00 GMT' }, 'send'],
    ['R08: If-Match with our weak tag', { 'If-Match': 'W/"abc"' }, 'failed'],
    ['R08: If-Match with another tag', { 'If-Match': '"x"' }, 'failed'],
    ['R08: If-Match with any', { 'If-Match': '*' }, 'send'],
    ['If-Match before If-None-Match', { 'If-Match': '"x"', 'If-None-Match': '*' }, 'failed'],
    ['If-Match and If-None-Match, both any', { 'If-Match': '*', 'If-None-Match': '*' }, 'not-modified'],
  ])('%s', (_what, headers, judgement) => {
    expect(evaluatePreconditions(new Headers(headers), ETAG)).toBe(judgement);
  });
});

describe('judge()', () => {
  // A runtime's Headers trim a value; another reader of headers may not.
  it.each([
    { name: 'if-match', value: ' * ', precondition: 'send' },
    { name: 'if-match', value: '\t*', precondition: 'send' },
    { name: 'if-none-match', value: ' * ', precondition: 'not-modified' },
    { name: 'if-none-match', value: '\t*', precondition: 'not-modified' },
    { name: 'if-none-match', value: ' W/"abc"\t', precondition: 'not-modified' },
  ])('ignores whitespace around $name', ({ name, value, precondition }) => {
    expect(evaluatePreconditions(new Map([[name, value]]), 'W/"abc"')).toBe(precondition);
  });
});
