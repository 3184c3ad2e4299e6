import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { parseFixture } from '../src/fixture.ts';
import { FIXTURE_COUNT, loadFixtures } from '../src/load-fixtures.ts';
import { toResponse } from '../src/fixture-response.ts';
import { exchange, recording, refusal } from './exchange.ts';

const recorded = loadFixtures();

test('there are 105 recorded exchanges, each with a source and a name of its own', () => {
  const fixtures = recorded.map(parseFixture);
  expect(FIXTURE_COUNT).toBe(105);
  expect(fixtures).toHaveLength(105);
  expect(new Set(fixtures.map(({ name }) => name)).size).toBe(105);
  for (const { source } of fixtures) expect(source).toMatch(/Twilio|^derived/);
});

test('a fixture that got lost is noticed, and one that nobody counted', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fixtures-'));
  try {
    writeFileSync(join(folder, '101-alone.json'), '{}');
    expect(() => loadFixtures(pathToFileURL(`${folder}/`))).toThrow('There are 1 fixtures, counted as 105.');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('every recording that is expected has the 17 documented attributes', () => {
  const attributes = Object.keys(recording).toSorted();
  const expected = recorded
    .map((value) => parseFixture(value).expect.recording)
    .filter((value) => value !== undefined);
  expect(attributes).toHaveLength(17);
  expect(expected.length).toBeGreaterThan(0);
  for (const value of expected) expect(Object.keys(value).toSorted()).toEqual(attributes);
});

test('every SID is whole: two letters and 32 hexadecimal digits', () => {
  const texts = recorded.map(parseFixture).map((fixture) => ({
    ...fixture,
    response: { ...fixture.response, bodyBase64: '' },
  }));
  const sids = JSON.stringify(texts).match(/(?<![A-Za-z0-9])(?:AC|MT|PA|RM|RT)[0-9A-Za-z]+/g) ?? [];
  expect(sids.length).toBeGreaterThan(0);
  for (const sid of sids) expect(sid).toMatch(/^[A-Z]{2}[0-9a-fA-F]{32}$/);
});

test.each([
  { name: 'no object', value: null },
  { name: 'no name', value: { ...exchange, name: ' ' } },
  { name: 'no source', value: { ...exchange, source: undefined } },
  { name: 'no SID', value: { ...exchange, request: { roomSid: exchange.request.roomSid } } },
  {
    name: 'a body that is no text',
    value: { ...exchange, response: { ...exchange.response, body: recording } },
  },
  { name: 'no body', value: { ...exchange, response: { status: 200, headers: {} } } },
  { name: 'two bodies', value: { ...exchange, response: { ...exchange.response, bodyBase64: 'e30=' } } },
  {
    name: 'an answer of no meaning',
    value: { ...exchange, response: { ...exchange.response, boddy: '{}' } },
  },
  {
    name: 'a length that is none',
    value: { ...exchange, response: { ...exchange.response, paddedTo: 1.5 } },
  },
  {
    name: 'a break that is none',
    value: { ...exchange, response: { ...exchange.response, breaksOff: 'yes' } },
  },
  { name: 'a moment that is none', value: { ...exchange, now: 'yesterday' } },
  {
    name: 'a status that allows no body',
    value: { ...exchange, response: { ...exchange.response, status: 204 } },
  },
  {
    name: 'a header that is no text',
    value: { ...exchange, response: { ...exchange.response, headers: { 'Retry-After': 7 } } },
  },
  { name: 'neither expectation', value: { ...exchange, expect: {} } },
  { name: 'both expectations', value: { ...exchange, expect: { ...exchange.expect, ...refusal.expect } } },
  {
    name: 'an expectation that is never compared',
    value: { ...refusal, expect: { error: { code: 'upstream', retryafter: 7 } } },
  },
  { name: 'a part of no meaning', value: { ...exchange, expects: exchange.expect } },
])('a fixture with $name is none', ({ value }) => {
  expect(() => parseFixture(value)).toThrow(TypeError);
});

test('a body is sent byte for byte', async () => {
  const answer = toResponse({ status: 404, headers: { 'X-Part': 'one' }, bodyBase64: '77u//ys=' });
  expect([answer.status, answer.headers.get('X-Part')]).toEqual([404, 'one']);
  expect([...new Uint8Array(await answer.arrayBuffer())]).toEqual([0xef, 0xbb, 0xbf, 0xff, 0x2b]);
});

test('a body is made long with spaces', async () => {
  expect(await toResponse({ status: 200, headers: {}, body: '{}', paddedTo: 5 }).text()).toBe('{}   ');
});

test('a body breaks off after its last byte', async () => {
  const reader = toResponse({ status: 200, headers: {}, body: '{', breaksOff: true }).body?.getReader();
  expect(await reader?.read()).toMatchObject({ done: false, value: new Uint8Array([0x7b]) });
  await expect(reader?.read()).rejects.toThrow('terminated');
});

test.each([
  'cases',
  'diff',
  'find-secret',
  'fixture',
  'fixture-response',
  'outcome',
  'secret-leak-cases',
  'suite',
])('%s.ts knows no runtime', (file) => {
  const source = readFileSync(new URL(`../src/${file}.ts`, import.meta.url), 'utf8');
  expect(source).not.toMatch(/node:|\b(?:process|Buffer|Bun|Deno)\b/);
});
