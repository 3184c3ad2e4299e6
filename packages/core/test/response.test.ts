import { describe, expect, it } from 'vitest';
import { parseRecordingResponse } from '../src/response.ts';
import { createBrokenBody } from './broken-body.ts';
import { requested, example } from './example.ts';

describe('`parseRecordingResponse()` with the recording', () => {
  it('resolves with the recording', async () => {
    expect(await parseRecordingResponse(Response.json(example), requested)).toEqual({
      ...example,
      codec: 'OPUS',
    });
  });

  it('accepts SIDs in another case and does not change them', async () => {
    const sid = `RT${'A'.repeat(32)}`;
    const room_sid = `RM${'A'.repeat(32)}`;
    expect(
      await parseRecordingResponse(Response.json({ ...example, sid, room_sid }), requested),
    ).toMatchObject({
      sid,
      room_sid,
    });
  });

  it('accepts any Content-Type', async () => {
    const response = new Response(JSON.stringify(example), { headers: { 'Content-Type': 'text/plain' } });
    expect(await parseRecordingResponse(response, requested)).toMatchObject({ sid: requested.sid });
  });
});

describe('`parseRecordingResponse()` with another body of a 200', () => {
  const headers = { 'Twilio-Request-Id': 'RQ1' };

  it.each([
    { name: 'another recording', other: { sid: `RT${'b'.repeat(32)}` } },
    { name: 'another room', other: { room_sid: `RM${'b'.repeat(32)}` } },
  ])('rejects $name with mismatch', async ({ other }) => {
    await expect(
      parseRecordingResponse(Response.json({ ...example, ...other }, { headers }), requested),
    ).rejects.toMatchObject({
      code: 'mismatch',
      message: `The response is about another recording than ${requested.sid} of ${requested.roomSid}.`,
      status: 200,
      requestId: 'RQ1',
    });
  });

  it.each(['sid', 'room_sid'])('rejects a recording whose %s is null with invalid_response', async (name) => {
    await expect(
      parseRecordingResponse(Response.json({ ...example, [name]: null }, { headers }), requested),
    ).rejects.toMatchObject({
      code: 'invalid_response',
      message: `The value is not a room recording: ${name} must be a SID, but it is null.`,
      status: 200,
      requestId: 'RQ1',
      issues: [{ message: 'The value must be a SID.', path: [name], expected: 'a SID', received: 'null' }],
    });
  });

  it('rejects with an issue for each invalid attribute', async () => {
    const wrong = { ...example, status: 'gone', links: { media: 5 } };
    await expect(parseRecordingResponse(Response.json(wrong, { headers }), requested)).rejects.toMatchObject({
      code: 'invalid_response',
      status: 200,
      requestId: 'RQ1',
      issues: [{ path: ['status'] }, { path: ['links', 'media'] }],
    });
  });

  it.each([
    { name: 'an HTML page', text: '<!doctype html>' },
    { name: 'an empty body', text: '' },
    { name: 'truncated JSON', text: '{"sid": "RT' },
    { name: 'JSON after a byte order mark', text: `\ufeff${JSON.stringify(example)}` },
  ])('rejects $name with invalid_response', async ({ text }) => {
    await expect(parseRecordingResponse(new Response(text, { headers }), requested)).rejects.toMatchObject({
      code: 'invalid_response',
      message: 'The response body is not JSON.',
      status: 200,
      requestId: 'RQ1',
    });
  });

  it.each([
    { name: 'is longer than 1 MiB', body: JSON.stringify(example).padEnd(1_048_577) },
    { name: 'is not UTF-8', body: new Uint8Array([0x22, 0xe9, 0x22]) },
  ])('rejects a body that $name with invalid_response', async ({ body }) => {
    await expect(parseRecordingResponse(new Response(body, { headers }), requested)).rejects.toMatchObject({
      code: 'invalid_response',
      message: 'The response body is longer than 1048576 bytes or not UTF-8.',
      status: 200,
      requestId: 'RQ1',
    });
  });

  it('rejects with network, the status and the cause if the connection fails within the body', async () => {
    const cause = new TypeError('terminated');
    await expect(
      parseRecordingResponse(new Response(createBrokenBody(cause), { headers }), requested),
    ).rejects.toMatchObject({
      code: 'network',
      message: 'The connection failed while the response body was read.',
      status: 200,
      requestId: 'RQ1',
      cause,
    });
  });

  it('rejects JSON null with invalid_response', async () => {
    await expect(parseRecordingResponse(Response.json(null), requested)).rejects.toMatchObject({
      code: 'invalid_response',
      issues: [{ path: [] }],
    });
  });
});

describe('`parseRecordingResponse()` with SIDs as plain strings', () => {
  it('resolves with the recording', async () => {
    const roomSid: string = requested.roomSid;
    const sid: string = requested.sid;
    expect(await parseRecordingResponse(Response.json(example), { roomSid, sid })).toMatchObject({ sid });
  });

  it.each([
    { name: 'a room name', requested: { roomSid: 'DailyStandup', sid: requested.sid }, member: 'roomSid' },
    {
      name: 'a room SID as sid',
      requested: { roomSid: requested.roomSid, sid: requested.roomSid },
      member: 'sid',
    },
  ])('rejects with invalid_sid for $name', async ({ requested, member }) => {
    await expect(parseRecordingResponse(Response.json(example), requested)).rejects.toMatchObject({
      code: 'invalid_sid',
      message: `${member} must be ${member === 'sid' ? 'RT' : 'RM'} and 32 hexadecimal digits.`,
    });
  });
});
