import { describe, expect, it } from 'vitest';
import { parseRecordingResponse } from '../src/response.ts';
import { createBrokenBody } from './broken-body.ts';
import { requested, example } from './example.ts';

const NOW = Date.UTC(2015, 6, 30, 20, 0, 0);

describe('`parseRecordingResponse()` with another status than 200', () => {
  it.each([
    { status: 400, code: 'invalid_request' },
    { status: 401, code: 'unauthorized' },
    { status: 403, code: 'forbidden' },
    { status: 404, code: 'not_found' },
    { status: 410, code: 'deleted' },
    { status: 429, code: 'rate_limited' },
    { status: 201, code: 'upstream' },
    { status: 204, code: 'upstream' },
    { status: 300, code: 'upstream' },
    { status: 304, code: 'upstream' },
    { status: 305, code: 'upstream' },
    { status: 418, code: 'upstream' },
    { status: 500, code: 'upstream' },
    { status: 503, code: 'upstream' },
  ])('rejects with $code for a $status', async ({ status, code }) => {
    await expect(parseRecordingResponse(new Response(null, { status }), requested)).rejects.toMatchObject({
      code,
      status,
      message: `The server responded with status ${status}.`,
    });
  });

  it.each([301, 302, 303, 307, 308])('rejects a %i as a redirect', async (status) => {
    await expect(parseRecordingResponse(new Response(null, { status }), requested)).rejects.toMatchObject({
      code: 'upstream',
      status,
      message: 'The server sent a redirect, which the client does not follow.',
    });
  });

  it('rejects status 0 as a redirect, because browsers hide its status', async () => {
    await expect(parseRecordingResponse(Response.error(), requested)).rejects.toMatchObject({
      code: 'upstream',
      status: 0,
      message: 'The server sent a redirect, which the client does not follow.',
    });
  });

  it('has the message of a redirect that has one', async () => {
    const response = Response.json({ detail: 'Moved to another edge.' }, { status: 308 });
    await expect(parseRecordingResponse(response, requested)).rejects.toMatchObject({
      message: 'Moved to another edge.',
    });
  });

  it.each([
    { name: 'breaks off', body: () => createBrokenBody(new TypeError('terminated')) },
    { name: 'is longer than 1 MiB', body: () => JSON.stringify({ message: 'x' }).padEnd(1_048_577) },
    {
      name: 'is not UTF-8',
      body: () => new Uint8Array([...new TextEncoder().encode('{"message":"'), 0xe9, 0x22, 0x7d]),
    },
    { name: 'begins with a byte order mark', body: () => '\ufeff{"message":"x"}' },
  ])('keeps status, request id and Retry-After if the body $name', async ({ body }) => {
    const headers = { 'Twilio-Request-Id': 'RQ1', 'Retry-After': '7' };
    await expect(
      parseRecordingResponse(new Response(body(), { status: 429, headers }), requested),
    ).rejects.toMatchObject({
      code: 'rate_limited',
      message: 'The server responded with status 429.',
      status: 429,
      requestId: 'RQ1',
      retryAfter: 7,
    });
  });

  it('rejects a recording with another status', async () => {
    await expect(
      parseRecordingResponse(Response.json(example, { status: 203 }), requested),
    ).rejects.toMatchObject({
      code: 'upstream',
      status: 203,
    });
  });

  it.each([
    {
      name: 'the message of Twilio',
      body: { code: 20404, message: 'It was not found', status: 404 },
      message: 'It was not found',
    },
    {
      name: 'the detail of a problem document',
      body: { title: 'Not found', detail: 'No such recording.' },
      message: 'No such recording.',
    },
    { name: 'the message if there is a detail too', body: { message: 'one', detail: 'two' }, message: 'one' },
    { name: 'the detail if the message is empty', body: { message: ' ', detail: 'two' }, message: 'two' },
    {
      name: 'the detail if the message is not a string',
      body: { message: 5, detail: 'two' },
      message: 'two',
    },
    {
      name: 'the status if message and detail are empty',
      body: { message: '', detail: ' ' },
      message: 'The server responded with status 404.',
    },
    { name: 'the first 200 characters', body: { message: 'x'.repeat(201) }, message: 'x'.repeat(200) },
    {
      name: 'the status for a message that is not a string',
      body: { message: { a: 1 } },
      message: 'The server responded with status 404.',
    },
    {
      name: 'the status for a JSON string',
      body: 'no',
      message: 'The server responded with status 404.',
    },
    { name: 'the status for JSON null', body: null, message: 'The server responded with status 404.' },
  ])('has $name as its message', async ({ body, message }) => {
    await expect(
      parseRecordingResponse(Response.json(body, { status: 404 }), requested),
    ).rejects.toMatchObject({
      message,
    });
  });

  it('has the status as its message if the body is not JSON', async () => {
    await expect(
      parseRecordingResponse(new Response('<h1>no</h1>', { status: 502 }), requested),
    ).rejects.toMatchObject({
      message: 'The server responded with status 502.',
    });
  });

  it.each([
    { name: 'Twilio-Request-Id', headers: { 'Twilio-Request-Id': 'RQ1' }, requestId: 'RQ1' },
    { name: 'X-Request-Id', headers: { 'X-Request-Id': 'edge-1' }, requestId: 'edge-1' },
    {
      name: 'Twilio-Request-Id if there are both',
      headers: { 'X-Request-Id': 'edge-1', 'Twilio-Request-Id': 'RQ1' },
      requestId: 'RQ1',
    },
    { name: 'no header', headers: {}, requestId: undefined },
  ])('has the requestId of $name', async ({ headers, requestId }) => {
    await expect(
      parseRecordingResponse(new Response('', { status: 500, headers }), requested),
    ).rejects.toHaveProperty('requestId', requestId);
  });

  it.each([
    { name: 'in seconds', header: '7', retryAfter: 7 },
    { name: 'as a date', header: 'Thu, 30 Jul 2015 20:00:09 GMT', retryAfter: 9 },
    { name: 'in an unknown format', header: 'later', retryAfter: undefined },
  ])('has the retryAfter of a header $name', async ({ header, retryAfter }) => {
    const response = new Response('', { status: 429, headers: { 'Retry-After': header } });
    await expect(parseRecordingResponse(response, requested, NOW)).rejects.toHaveProperty(
      'retryAfter',
      retryAfter,
    );
  });

  it.each([
    { name: 'the number of Twilio', body: { code: 70005 }, twilioCode: 70005 },
    { name: 'no number if the code is a string', body: { code: '70005' }, twilioCode: undefined },
    { name: 'no number if the body is an array', body: [70005], twilioCode: undefined },
  ])('has as its twilioCode $name', async ({ body, twilioCode }) => {
    const response = Response.json(body, { status: 403 });
    await expect(parseRecordingResponse(response, requested)).rejects.toMatchObject({
      code: 'forbidden',
      twilioCode,
    });
  });

  it.each([
    { name: 'a code of the edge', error: 'token_expired', edgeCode: 'token_expired' },
    { name: 'the longest code', error: 'a'.repeat(64), edgeCode: 'a'.repeat(64) },
    { name: 'a longer string', error: 'a'.repeat(65), edgeCode: undefined },
    { name: 'an empty string', error: '', edgeCode: undefined },
    { name: 'a sentence', error: 'Not found', edgeCode: undefined },
    { name: 'a string with a line feed', error: 'token_expired\n', edgeCode: undefined },
    { name: 'a number', error: 404, edgeCode: undefined },
    { name: 'null', error: null, edgeCode: undefined },
  ])('edgeCode is $edgeCode if the problem document has $name', async ({ error, edgeCode }) => {
    const headers = { 'Content-Type': 'application/problem+json; charset=utf-8' };
    const response = Response.json({ detail: 'No.', error }, { status: 401, headers });
    const caught: unknown = await parseRecordingResponse(response, requested).catch(
      (reason: unknown) => reason,
    );
    expect(caught).toMatchObject({ code: 'unauthorized', message: 'No.', edgeCode });
  });

  it.each([
    { name: 'application/json, as Twilio sends', headers: { 'Content-Type': 'application/json' } },
    { name: 'text/plain', headers: { 'Content-Type': 'text/plain' } },
  ])('edgeCode is undefined if the content type is $name', async ({ headers }) => {
    const response = Response.json({ code: 20003, error: 'token_expired' }, { status: 401, headers });
    await expect(parseRecordingResponse(response, requested)).rejects.toMatchObject({
      twilioCode: 20003,
      edgeCode: undefined,
    });
  });

  it('edgeCode is undefined if the response has no content type', async () => {
    const body = new TextEncoder().encode('{"error":"token_expired"}');
    await expect(
      parseRecordingResponse(new Response(body, { status: 401 }), requested),
    ).rejects.toMatchObject({
      edgeCode: undefined,
    });
  });
});
