import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readFixture } from '../src/fixture.ts';
import { readRecorded } from '../src/recorded.ts';
import { exchange, recording, refusal } from './exchange.ts';

const recorded = readRecorded();

test('there are 15 recorded exchanges, each with a source and a name of its own', () => {
  const fixtures = recorded.map(readFixture);
  expect(fixtures).toHaveLength(15);
  expect(new Set(fixtures.map(({ name }) => name)).size).toBe(15);
  for (const { source } of fixtures) expect(source).toMatch(/Twilio|^derived/);
});

test('every recording that is expected has the 17 documented attributes', () => {
  const attributes = Object.keys(recording).toSorted();
  const expected = recorded
    .map((value) => readFixture(value).expect.recording)
    .filter((value) => value !== undefined);
  expect(attributes).toHaveLength(17);
  expect(expected.length).toBeGreaterThan(0);
  for (const value of expected) expect(Object.keys(value).toSorted()).toEqual(attributes);
});

test('every SID is whole: two letters and 32 hexadecimal digits', () => {
  const sids = JSON.stringify(recorded).match(/(?<![A-Za-z0-9])(?:AC|MT|PA|RM|RT)[0-9A-Za-z]+/g) ?? [];
  expect(sids.length).toBeGreaterThan(0);
  for (const sid of sids) expect(sid).toMatch(/^[A-Z]{2}[0-9a-fA-F]{32}$/);
});

test.each([
  ['no object', null],
  ['no name', { ...exchange, name: ' ' }],
  ['no source', { ...exchange, source: undefined }],
  ['no SID', { ...exchange, request: { roomSid: exchange.request.roomSid } }],
  ['a body that is no text', { ...exchange, response: { ...exchange.response, body: recording } }],
  ['a status that allows no body', { ...exchange, response: { ...exchange.response, status: 204 } }],
  [
    'a header that is no text',
    { ...exchange, response: { ...exchange.response, headers: { 'Retry-After': 7 } } },
  ],
  ['neither expectation', { ...exchange, expect: {} }],
  ['both expectations', { ...exchange, expect: { ...exchange.expect, ...refusal.expect } }],
  [
    'an expectation that is never compared',
    { ...refusal, expect: { error: { code: 'upstream', retryafter: 7 } } },
  ],
  ['a part of no meaning', { ...exchange, expects: exchange.expect }],
])('a fixture with %s is none', (_, value) => {
  expect(() => readFixture(value)).toThrow(TypeError);
});

test.each(['suite', 'fixture', 'difference'])('%s.ts knows no runtime', (file) => {
  const source = readFileSync(new URL(`../src/${file}.ts`, import.meta.url), 'utf8');
  expect(source).not.toMatch(/node:|\b(?:process|Buffer|Bun|Deno)\b/);
});
