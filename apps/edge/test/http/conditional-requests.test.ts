import { describe, expect, it } from 'vitest';
import { createEdgeWithClock, findRecording, failWithStatus } from '../support/fake-source.ts';
import { findNothing } from '../support/recording.ts';
import { createTestEdge } from '../support/test-edge.ts';
import { sendOverWire, type WireAnswer } from '../wire.ts';

const edge = createTestEdge();

async function opaqueTag(): Promise<string> {
  const [etag = ''] = (await sendOverWire(edge)).fields('etag');
  return etag.slice('W/'.length);
}

/** Asks with fields in which TAG stands for the ETag without its `W/`. */
async function sendWithTag(...fields: readonly string[]): Promise<WireAnswer> {
  const tag = await opaqueTag();
  return sendOverWire(edge, { fields: fields.map((field) => field.replaceAll('TAG', tag)) });
}

const SOME_DAY = 'Tue, 01 Jan 2030 00:00:00 GMT';

describe('over the wire, If-None-Match', () => {
  it.each([
    ['R02, R03: the weak tag', ['W/TAG']],
    ['R03: the same tag, strong', ['TAG']],
    ['R03: first of a list', ['W/TAG, "x", W/"y"']],
    ['R03: in the middle of a list', ['"x",TAG,"y"']],
    ['R03: last of a list with spaces and empty members', [' "x" ,, ,\t W/TAG ,']],
    ['R03: beside a tag that has a comma', ['"a,b", TAG']],
    ['R03: in the second of two fields', ['"x"', 'W/TAG']],
    ['R04: any', ['*']],
  ])('%s matches: 304 without a body', async (_what, values) => {
    const answer = await sendWithTag(...values.map((value) => `If-None-Match: ${value}`));
    expect(answer.status).toBe(304);
    expect(answer.body).toBe('');
    expect(answer.fields('etag')).toEqual([`W/${await opaqueTag()}`]);
    expect(answer.fields('content-type')).toEqual([]);
  });

  it.each([
    ['R03: none of a list', 'W/"x", "y"'],
    ['R05: no quotes', 'abc'],
    ['R05: the tag in a lower-case w/', 'w/TAG'],
    ['R05: the tag with a space inside its prefix', 'W/ TAG'],
    ['R05: a quote that never ends', '"abc'],
    ['R05: a part of the tag', '"ab"'],
    ['R05: a star in quotes', '"*"'],
    ['R05: nothing', ''],
    ['R05: commas alone', ',,'],
  ])('%s matches nothing: 200 with the whole body', async (_what, value) => {
    const answer = await sendWithTag(`If-None-Match: ${value}`);
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toMatchObject({ status: 'completed' });
  });

  it.each([
    ['a date to come beside another tag', ['If-None-Match: "x"', `If-Modified-Since: ${SOME_DAY}`], 200],
    [
      'a date gone by beside the tag',
      ['If-None-Match: TAG', `If-Modified-Since: ${new Date(0).toUTCString()}`],
      304,
    ],
  ])('R06: alone counts: %s', async (_what, fields, status) => {
    expect((await sendWithTag(...fields)).status).toBe(status);
  });
});

describe('over the wire, a request without a condition', () => {
  it.each(['GET', 'HEAD'])('R11: is never answered 304: %s', async (method) => {
    const { address, clock } = createEdgeWithClock(findRecording);
    const statuses: number[] = [];
    // Of nothing, of what is fresh, of what is stale and refreshed behind, and of what is past that.
    for (const seconds of [0, 10, 390, 1_000]) {
      clock.skip(seconds * 1000);
      statuses.push((await sendOverWire({ address }, { method })).status);
    }
    expect(statuses).toEqual([200, 200, 200, 200]);
  });

  it.each([
    ['R07: a date alone', [`If-Modified-Since: ${SOME_DAY}`]],
    ['R07: a date that is none', ['If-Modified-Since: yesterday']],
    ['R07: two dates', [`If-Modified-Since: ${SOME_DAY}`, `If-Modified-Since: ${SOME_DAY}`]],
    ['R08: If-Match with any', ['If-Match: *']],
  ])('%s is no condition: 200', async (_what, fields) => {
    expect((await sendWithTag(...fields)).status).toBe(200);
  });

  it.each([
    ['R08: If-Match with the weak tag', ['If-Match: W/TAG'], 412],
    ['R08: If-Match with the tag, strong', ['If-Match: TAG'], 412],
  ])('%s compares strongly', async (_what, fields, status) => {
    expect((await sendWithTag(...fields)).status).toBe(status);
  });
});

describe('over the wire, an error', () => {
  it.each([
    [404, findNothing],
    [502, failWithStatus(500)],
    [503, failWithStatus(429, 'rate_limited')],
  ])('R04, R10: %i is never turned into a 304 or 412', async (status, act) => {
    for (const field of [
      'If-None-Match: *',
      'If-Match: *',
      'If-Match: "x"',
      `If-Modified-Since: ${SOME_DAY}`,
    ]) {
      expect((await sendOverWire(createTestEdge(act), { fields: [field] })).status).toBe(status);
    }
  });

  it('R25: 503 says after how many whole seconds to come back, and 502 does not', async () => {
    const unavailable = await sendOverWire(createTestEdge(failWithStatus(503)));
    const failed = await sendOverWire(createTestEdge(failWithStatus(500)));
    expect(unavailable.status).toBe(503);
    expect(unavailable.fields('retry-after')).toEqual(['5']);
    expect(failed.fields('retry-after')).toEqual([]);
  });
});
