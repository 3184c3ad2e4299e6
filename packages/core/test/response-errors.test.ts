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
      message: `The server responded with status ${status}.`,
    });
  });

  it.each([301, 302, 303, 307, 308])('%i is a redirect, which is not followed', async (status) => {
    await expect(parseRecordingResponse(new Response(null, { status }), asked)).rejects.toMatchObject({
      code: 'upstream',
      status,
      message: 'The server sent a redirect, which the client does not follow.',
    });
  });

  it('0 is a redirect too: a browser shows no more of one', async () => {
    await expect(parseRecordingResponse(Response.error(), asked)).rejects.toMatchObject({
      code: 'upstream',
      status: 0,
      message: 'The server sent a redirect, which the client does not follow.',
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
      message: 'The server responded with status 429.',
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
      'The server responded with status 404.',
    ],
    ['the first 200 characters', { message: 'x'.repeat(201) }, 'x'.repeat(200)],
    [
      'only the status for a message that is no text',
      { message: { a: 1 } },
      'The server responded with status 404.',
    ],
    ['only the status for JSON that is a text', 'no', 'The server responded with status 404.'],
    ['only the status for JSON null', null, 'The server responded with status 404.'],
  ])('says %s', async (_what, body, message) => {
    await expect(parseRecordingResponse(Response.json(body, { status: 404 }), asked)).rejects.toMatchObject({
      message,
    });
  });

  it('says only the status for a body that is no JSON', async () => {
    await expect(
      parseRecordingResponse(new Response('<h1>no</h1>', { status: 502 }), asked),
    ).rejects.toMatchObject({
      message: 'The server responded with status 502.',
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

  it.each([
    { name: 'a code of the edge', error: 'token_expired', edgeCode: 'token_expired' },
    { name: 'the longest code', error: 'a'.repeat(64), edgeCode: 'a'.repeat(64) },
    { name: 'a longer text', error: 'a'.repeat(65), edgeCode: undefined },
    { name: 'an empty text', error: '', edgeCode: undefined },
    { name: 'a sentence', error: 'Not found', edgeCode: undefined },
    { name: 'a text with a line feed', error: 'token_expired\n', edgeCode: undefined },
    { name: 'a number', error: 404, edgeCode: undefined },
    { name: 'null', error: null, edgeCode: undefined },
  ])('edgeCode is $edgeCode if the problem document has $name', async ({ error, edgeCode }) => {
    const headers = { 'Content-Type': 'application/problem+json; charset=utf-8' };
    const response = Response.json({ detail: 'No.', error }, { status: 401, headers });
    const caught: unknown = await parseRecordingResponse(response, asked).catch((reason: unknown) => reason);
    expect(caught).toMatchObject({ code: 'unauthorized', message: 'No.', edgeCode });
  });

  it.each([
    { name: 'application/json, as Twilio sends', headers: { 'Content-Type': 'application/json' } },
    { name: 'text/plain', headers: { 'Content-Type': 'text/plain' } },
  ])('edgeCode is undefined if the content type is $name', async ({ headers }) => {
    const response = Response.json({ code: 20003, error: 'token_expired' }, { status: 401, headers });
    await expect(parseRecordingResponse(response, asked)).rejects.toMatchObject({
      twilioCode: 20003,
      edgeCode: undefined,
    });
  });

  it('edgeCode is undefined if the response has no content type', async () => {
    const body = new TextEncoder().encode('{"error":"token_expired"}');
    await expect(parseRecordingResponse(new Response(body, { status: 401 }), asked)).rejects.toMatchObject({
      edgeCode: undefined,
    });
  });
});
