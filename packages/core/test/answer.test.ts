import { describe, expect, it } from 'vitest';
import { readRecording } from '../src/answer.ts';
import { asked, example } from './example.ts';

const NOW = Date.UTC(2015, 6, 30, 20, 0, 0);

describe('an answer that is the recording', () => {
  it('is read', async () => {
    expect(await readRecording(Response.json(example), asked)).toEqual({ ...example, codec: 'OPUS' });
  });

  it('may write its SIDs in another case, which is kept', async () => {
    const sid = `RT${'A'.repeat(32)}`;
    const room_sid = `RM${'A'.repeat(32)}`;
    expect(await readRecording(Response.json({ ...example, sid, room_sid }), asked)).toMatchObject({
      sid,
      room_sid,
    });
  });

  it('may carry any Content-Type', async () => {
    const response = new Response(JSON.stringify(example), { headers: { 'Content-Type': 'text/plain' } });
    expect(await readRecording(response, asked)).toMatchObject({ sid: asked.sid });
  });
});

describe('an answer with status 200 that is not the recording', () => {
  const headers = { 'Twilio-Request-Id': 'RQ1' };

  it.each([
    ['another recording', { sid: `RT${'b'.repeat(32)}` }],
    ['another room', { room_sid: `RM${'b'.repeat(32)}` }],
  ])('is a mismatch when it names %s', async (_what, other) => {
    await expect(
      readRecording(Response.json({ ...example, ...other }, { headers }), asked),
    ).rejects.toMatchObject({
      code: 'mismatch',
      message: `Asked for ${asked.sid} of ${asked.roomSid}, answered with another recording.`,
      status: 200,
      requestId: 'RQ1',
    });
  });

  it.each(['sid', 'room_sid'])('is invalid when it does not name its %s', async (name) => {
    await expect(
      readRecording(Response.json({ ...example, [name]: null }, { headers }), asked),
    ).rejects.toMatchObject({
      code: 'invalid_response',
      message: `The answer does not say which recording it is: ${name} is null.`,
      status: 200,
      requestId: 'RQ1',
      issues: [{ path: name, expected: 'a SID', received: 'null' }],
    });
  });

  it('is invalid with the path of each attribute that is wrong', async () => {
    const wrong = { ...example, status: 'gone', links: { media: 5 } };
    await expect(readRecording(Response.json(wrong, { headers }), asked)).rejects.toMatchObject({
      code: 'invalid_response',
      status: 200,
      requestId: 'RQ1',
      issues: [{ path: 'status' }, { path: 'links.media' }],
    });
  });

  it.each([
    ['a page', '<!doctype html>'],
    ['nothing', ''],
    ['half an answer', '{"sid": "RT'],
  ])('is invalid when it is %s and no JSON', async (_what, text) => {
    await expect(readRecording(new Response(text, { headers }), asked)).rejects.toMatchObject({
      code: 'invalid_response',
      message: 'The answer is no JSON.',
      status: 200,
      requestId: 'RQ1',
    });
  });

  it('is invalid when it is JSON null', async () => {
    await expect(readRecording(Response.json(null), asked)).rejects.toMatchObject({
      code: 'invalid_response',
      issues: [{ path: '' }],
    });
  });
});

describe('an answer with another status', () => {
  it.each([
    [400, 'invalid_request'],
    [401, 'unauthorized'],
    [403, 'forbidden'],
    [404, 'not_found'],
    [410, 'deleted'],
    [429, 'rate_limited'],
    [201, 'upstream'],
    [204, 'upstream'],
    [302, 'upstream'],
    [304, 'upstream'],
    [418, 'upstream'],
    [500, 'upstream'],
    [503, 'upstream'],
  ])('%i is %s', async (status, code) => {
    await expect(readRecording(new Response(null, { status }), asked)).rejects.toMatchObject({
      code,
      status,
      message: `The server answered with status ${status}.`,
    });
  });

  it('is no recording, whatever its body holds', async () => {
    await expect(readRecording(Response.json(example, { status: 203 }), asked)).rejects.toMatchObject({
      code: 'upstream',
      status: 203,
    });
  });

  it.each([
    ['Twilio’s message', { code: 20404, message: 'It was not found', status: 404 }, 'It was not found'],
    ['a problem’s detail', { title: 'Not found', detail: 'No such recording.' }, 'No such recording.'],
    ['the message before the detail', { message: 'one', detail: 'two' }, 'one'],
    ['the first 200 characters', { message: 'x'.repeat(201) }, 'x'.repeat(200)],
    [
      'only the status for a message that is no text',
      { message: { a: 1 } },
      'The server answered with status 404.',
    ],
    ['only the status for JSON that is a text', 'no', 'The server answered with status 404.'],
    ['only the status for JSON null', null, 'The server answered with status 404.'],
  ])('says %s', async (_what, body, message) => {
    await expect(readRecording(Response.json(body, { status: 404 }), asked)).rejects.toMatchObject({
      message,
    });
  });

  it('says only the status for a body that is no JSON', async () => {
    await expect(readRecording(new Response('<h1>no</h1>', { status: 502 }), asked)).rejects.toMatchObject({
      message: 'The server answered with status 502.',
    });
  });

  it.each([
    ['Twilio-Request-Id', { 'Twilio-Request-Id': 'RQ1' }, 'RQ1'],
    ['X-Request-Id', { 'X-Request-Id': 'edge-1' }, 'edge-1'],
    ['Twilio’s before the other', { 'X-Request-Id': 'edge-1', 'Twilio-Request-Id': 'RQ1' }, 'RQ1'],
    ['none', {}, undefined],
  ])('names the request by %s', async (_what, headers, requestId) => {
    await expect(readRecording(new Response('', { status: 500, headers }), asked)).rejects.toHaveProperty(
      'requestId',
      requestId,
    );
  });

  it.each([
    ['in seconds', '7', 7],
    ['as a date', 'Thu, 30 Jul 2015 20:00:09 GMT', 9],
    ['in no way that can be read', 'later', undefined],
  ])('carries a Retry-After that is given %s', async (_what, header, retryAfter) => {
    const response = new Response('', { status: 429, headers: { 'Retry-After': header } });
    await expect(readRecording(response, asked, NOW)).rejects.toHaveProperty('retryAfter', retryAfter);
  });
});
