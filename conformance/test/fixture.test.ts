import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { parseFixture } from '../src/fixture.ts';
import { FIXTURE_COUNT, loadFixtures } from '../src/load-fixtures.ts';
import { toResponse } from '../src/fixture-response.ts';
import { errorFixture, pageFixture, recording, recordingFixture } from './example-fixtures.ts';

const fixtures = loadFixtures();

test('the fixtures folder has 118 fixtures with unique names and a source', () => {
  const parsed = fixtures.map(parseFixture);
  expect(FIXTURE_COUNT).toBe(118);
  expect(parsed).toHaveLength(118);
  expect(new Set(parsed.map(({ name }) => name)).size).toBe(118);
  for (const { source } of parsed) expect(source).toMatch(/Twilio|^derived/);
});

test('`loadFixtures()` throws if the number of files differs from FIXTURE_COUNT', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fixtures-'));
  try {
    writeFileSync(join(folder, '101-alone.json'), '{}');
    expect(() => loadFixtures(pathToFileURL(`${folder}/`))).toThrow(
      'The folder has 1 fixtures, but FIXTURE_COUNT is 118.',
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('each expected recording has the 17 documented attributes', () => {
  const attributes = Object.keys(recording).toSorted();
  const expected = fixtures
    .map((value) => parseFixture(value).expect)
    .flatMap((expect) => expect.recording ?? expect.page?.['recordings'] ?? []);
  expect(attributes).toHaveLength(17);
  expect(expected.length).toBeGreaterThan(0);
  for (const value of expected) expect(Object.keys(Object(value)).toSorted()).toEqual(attributes);
});

test('each SID has two letters and 32 hexadecimal digits', () => {
  const texts = fixtures.map(parseFixture).map((fixture) => ({
    ...fixture,
    response: { ...fixture.response, bodyBase64: '' },
  }));
  const sids = JSON.stringify(texts).match(/(?<![A-Za-z0-9])(?:AC|MT|PA|RM|RT)[0-9A-Za-z]+/g) ?? [];
  expect(sids.length).toBeGreaterThan(0);
  for (const sid of sids) expect(sid).toMatch(/^[A-Z]{2}[0-9a-fA-F]{32}$/);
});

test.each([
  { name: 'null', value: null },
  { name: 'no name', value: { ...recordingFixture, name: ' ' } },
  { name: 'no source', value: { ...recordingFixture, source: undefined } },
  { name: 'no room', value: { ...recordingFixture, request: { sid: recordingFixture.request.sid } } },
  {
    name: 'an unknown member of the request',
    value: { ...pageFixture, request: { ...pageFixture.request, id: '' } },
  },
  { name: 'a recording without its SID', value: { ...pageFixture, expect: recordingFixture.expect } },
  { name: 'a page with a SID', value: { ...recordingFixture, expect: pageFixture.expect } },
  { name: 'a page with a date', value: { ...pageFixture, now: '2015-07-30T20:00:00Z' } },
  {
    name: 'a body that is not a string',
    value: { ...recordingFixture, response: { ...recordingFixture.response, body: recording } },
  },
  { name: 'no body', value: { ...recordingFixture, response: { status: 200, headers: {} } } },
  {
    name: 'two bodies',
    value: { ...recordingFixture, response: { ...recordingFixture.response, bodyBase64: 'e30=' } },
  },
  {
    name: 'an unknown member of the response',
    value: { ...recordingFixture, response: { ...recordingFixture.response, boddy: '{}' } },
  },
  {
    name: 'an invalid length',
    value: { ...recordingFixture, response: { ...recordingFixture.response, paddedTo: 1.5 } },
  },
  {
    name: 'an invalid breaksOff',
    value: { ...recordingFixture, response: { ...recordingFixture.response, breaksOff: 'yes' } },
  },
  { name: 'an invalid date', value: { ...recordingFixture, now: 'yesterday' } },
  {
    name: 'a status that allows no body',
    value: { ...recordingFixture, response: { ...recordingFixture.response, status: 204 } },
  },
  {
    name: 'a header that is not a string',
    value: { ...recordingFixture, response: { ...recordingFixture.response, headers: { 'Retry-After': 7 } } },
  },
  { name: 'neither expectation', value: { ...recordingFixture, expect: {} } },
  {
    name: 'both expectations',
    value: { ...recordingFixture, expect: { ...recordingFixture.expect, ...errorFixture.expect } },
  },
  {
    name: 'an unknown member of the expected error',
    value: { ...errorFixture, expect: { error: { code: 'upstream', retryafter: 7 } } },
  },
  { name: 'an unknown member', value: { ...recordingFixture, expects: recordingFixture.expect } },
])('`parseFixture()` rejects a fixture with $name', ({ value }) => {
  expect(() => parseFixture(value)).toThrow(TypeError);
});

test('`toResponse()` does not change the bytes of a body', async () => {
  const response = toResponse({ status: 404, headers: { 'X-Part': 'one' }, bodyBase64: '77u//ys=' });
  expect([response.status, response.headers.get('X-Part')]).toEqual([404, 'one']);
  expect([...new Uint8Array(await response.arrayBuffer())]).toEqual([0xef, 0xbb, 0xbf, 0xff, 0x2b]);
});

test('`toResponse()` pads a body with spaces', async () => {
  expect(await toResponse({ status: 200, headers: {}, body: '{}', paddedTo: 5 }).text()).toBe('{}   ');
});

test('`toResponse()` creates a body that errors after its last byte', async () => {
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
])('conformance/src/%s.ts does not use the API of a runtime', (file) => {
  const source = readFileSync(new URL(`../src/${file}.ts`, import.meta.url), 'utf8');
  expect(source).not.toMatch(/node:|\b(?:process|Buffer|Bun|Deno)\b/);
});
