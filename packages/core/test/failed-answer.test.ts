import { describe, expect, it } from 'vitest';
import { parseRecordingResponse } from '../src/response.ts';
import { broken } from './broken-body.ts';
import { asked, example } from './example.ts';

const NOW = Date.UTC(2015, 6, 30, 20, 0, 0);

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
    [300, 'upstream'],
    [304, 'upstream'],
    [305, 'upstream'],
    [418, 'upstream'],
    [500, 'upstream'],
    [503, 'upstream'],
  ])('%i is %s', async (status, code) => {
    await expect(parseRecordingResponse(new Response(null, { status }), asked)).rejects.toMatchObject({
      code,
      status,
      message: `The server answered with status ${status}.`,
    });
  });

  it.each([301, 302, 303, 307, 308])('%i is a redirect, which is not followed', async (status) => {
    await expect(parseRecordingResponse(new Response(null, { status }), asked)).rejects.toMatchObject({
      code: 'upstream',
      status,
      message: 'The server redirected, which is not followed.',
    });
  });

  it('0 is a redirect too: a browser shows no more of one', async () => {
    await expect(parseRecordingResponse(Response.error(), asked)).rejects.toMatchObject({
      code: 'upstream',
      status: 0,
      message: 'The server redirected, which is not followed.',
    });
  });

  it('says what a redirect says of itself', async () => {
    const response = Response.json({ detail: 'Moved to another edge.' }, { status: 308 });
    await expect(parseRecordingResponse(response, asked)).rejects.toMatchObject({
      message: 'Moved to another edge.',
    });
  });

  it.each([
    ['breaks off', () => broken(new TypeError('terminated'))],
    ['is longer than 1 MiB', () => JSON.stringify({ message: 'x' }).padEnd(1_048_577)],
    ['is no UTF-8', () => new Uint8Array([...new TextEncoder().encode('{"message":"'), 0xe9, 0x22, 0x7d])],
    ['begins with a byte order mark', () => '\ufeff{"message":"x"}'],
  ])('keeps all that its head says when its body %s', async (_what, body) => {
    const headers = { 'Twilio-Request-Id': 'RQ1', 'Retry-After': '7' };
    await expect(
      parseRecordingResponse(new Response(body(), { status: 429, headers }), asked),
    ).rejects.toMatchObject({
      code: 'rate_limited',
      message: 'The server answered with status 429.',
      status: 429,
      requestId: 'RQ1',
      retryAfter: 7,
    });
  });

  it('is no recording, whatever its body holds', async () => {
    await expect(
      parseRecordingResponse(Response.json(example, { status: 203 }), asked),
    ).rejects.toMatchObject({
      code: 'upstream',
      status: 203,
    });
  });

  it.each([
    ['Twilio’s message', { code: 20404, message: 'It was not found', status: 404 }, 'It was not found'],
    ['a problem’s detail', { title: 'Not found', detail: 'No such recording.' }, 'No such recording.'],
    ['the message before the detail', { message: 'one', detail: 'two' }, 'one'],
    ['the detail when the message is empty', { message: ' ', detail: 'two' }, 'two'],
    ['the detail when the message is no text', { message: 5, detail: 'two' }, 'two'],
    [
      'only the status when message and detail are empty',
      { message: '', detail: ' ' },
      'The server answered with status 404.',
    ],
    ['the first 200 characters', { message: 'x'.repeat(201) }, 'x'.repeat(200)],
    [
      'only the status for a message that is no text',
      { message: { a: 1 } },
      'The server answered with status 404.',
    ],
    ['only the status for JSON that is a text', 'no', 'The server answered with status 404.'],
    ['only the status for JSON null', null, 'The server answered with status 404.'],
  ])('says %s', async (_what, body, message) => {
    await expect(parseRecordingResponse(Response.json(body, { status: 404 }), asked)).rejects.toMatchObject({
      message,
    });
  });

  it('says only the status for a body that is no JSON', async () => {
    await expect(
      parseRecordingResponse(new Response('<h1>no</h1>', { status: 502 }), asked),
    ).rejects.toMatchObject({
      message: 'The server answered with status 502.',
    });
  });

  it.each([
    ['Twilio-Request-Id', { 'Twilio-Request-Id': 'RQ1' }, 'RQ1'],
    ['X-Request-Id', { 'X-Request-Id': 'edge-1' }, 'edge-1'],
    ['Twilio’s before the other', { 'X-Request-Id': 'edge-1', 'Twilio-Request-Id': 'RQ1' }, 'RQ1'],
    ['none', {}, undefined],
  ])('names the request by %s', async (_what, headers, requestId) => {
    await expect(
      parseRecordingResponse(new Response('', { status: 500, headers }), asked),
    ).rejects.toHaveProperty('requestId', requestId);
  });

  it.each([
    ['in seconds', '7', 7],
    ['as a date', 'Thu, 30 Jul 2015 20:00:09 GMT', 9],
    ['in no way that can be read', 'later', undefined],
  ])('carries a Retry-After that is given %s', async (_what, header, retryAfter) => {
    const response = new Response('', { status: 429, headers: { 'Retry-After': header } });
    await expect(parseRecordingResponse(response, asked, NOW)).rejects.toHaveProperty(
      'retryAfter',
      retryAfter,
    );
  });

  it.each([
    ['Twilio’s number', { code: 70005 }, 70005],
    ['no number where it is a text', { code: '70005' }, undefined],
    ['no number where the body is a list', [70005], undefined],
  ])('keeps %s', async (_what, body, twilioCode) => {
    const response = Response.json(body, { status: 403 });
    await expect(parseRecordingResponse(response, asked)).rejects.toMatchObject({
      code: 'forbidden',
      twilioCode,
    });
  });
});
