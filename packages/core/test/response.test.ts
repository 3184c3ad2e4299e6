import { describe, expect, it } from 'vitest';
import { parseRecordingResponse } from '../src/response.ts';
import { broken } from './broken-body.ts';
import { asked, example } from './example.ts';

describe('an answer that is the recording', () => {
  it('is read', async () => {
    expect(await parseRecordingResponse(Response.json(example), asked)).toEqual({
      ...example,
      codec: 'OPUS',
    });
  });

  it('may write its SIDs in another case, which is kept', async () => {
    const sid = `RT${'A'.repeat(32)}`;
    const room_sid = `RM${'A'.repeat(32)}`;
    expect(await parseRecordingResponse(Response.json({ ...example, sid, room_sid }), asked)).toMatchObject({
      sid,
      room_sid,
    });
  });

  it('may carry any Content-Type', async () => {
    const response = new Response(JSON.stringify(example), { headers: { 'Content-Type': 'text/plain' } });
    expect(await parseRecordingResponse(response, asked)).toMatchObject({ sid: asked.sid });
  });
});

describe('an answer with status 200 that is not the recording', () => {
  const headers = { 'Twilio-Request-Id': 'RQ1' };

  it.each([
    ['another recording', { sid: `RT${'b'.repeat(32)}` }],
    ['another room', { room_sid: `RM${'b'.repeat(32)}` }],
  ])('is a mismatch when it names %s', async (_what, other) => {
    await expect(
      parseRecordingResponse(Response.json({ ...example, ...other }, { headers }), asked),
    ).rejects.toMatchObject({
      code: 'mismatch',
      message: `The response is about another recording than ${asked.sid} of ${asked.roomSid}.`,
      status: 200,
      requestId: 'RQ1',
    });
  });

  it.each(['sid', 'room_sid'])('is invalid when it does not name its %s', async (name) => {
    await expect(
      parseRecordingResponse(Response.json({ ...example, [name]: null }, { headers }), asked),
    ).rejects.toMatchObject({
      code: 'invalid_response',
      message: `The value is not a room recording: ${name} must be a SID, but it is null.`,
      status: 200,
      requestId: 'RQ1',
      issues: [{ message: 'The value must be a SID.', path: [name], expected: 'a SID', received: 'null' }],
    });
  });

  it('is invalid with the path of each attribute that is wrong', async () => {
    const wrong = { ...example, status: 'gone', links: { media: 5 } };
    await expect(parseRecordingResponse(Response.json(wrong, { headers }), asked)).rejects.toMatchObject({
      code: 'invalid_response',
      status: 200,
      requestId: 'RQ1',
      issues: [{ path: ['status'] }, { path: ['links', 'media'] }],
    });
  });

  it.each([
    ['a page', '<!doctype html>'],
    ['nothing', ''],
    ['half an answer', '{"sid": "RT'],
    ['JSON after a byte order mark', `\ufeff${JSON.stringify(example)}`],
  ])('is invalid when it is %s and no JSON', async (_what, text) => {
    await expect(parseRecordingResponse(new Response(text, { headers }), asked)).rejects.toMatchObject({
      code: 'invalid_response',
      message: 'The response body is not JSON.',
      status: 200,
      requestId: 'RQ1',
    });
  });

  it.each([
    ['is longer than 1 MiB', JSON.stringify(example).padEnd(1_048_577)],
    ['is no UTF-8', new Uint8Array([0x22, 0xe9, 0x22])],
  ])('is invalid when it %s', async (_what, body) => {
    await expect(parseRecordingResponse(new Response(body, { headers }), asked)).rejects.toMatchObject({
      code: 'invalid_response',
      message: 'The response body is longer than 1048576 bytes or not UTF-8.',
      status: 200,
      requestId: 'RQ1',
    });
  });

  it('is network when its body breaks off, with the status and the cause', async () => {
    const cause = new TypeError('terminated');
    await expect(
      parseRecordingResponse(new Response(broken(cause), { headers }), asked),
    ).rejects.toMatchObject({
      code: 'network',
      message: 'The connection failed while the response body was read.',
      status: 200,
      requestId: 'RQ1',
      cause,
    });
  });

  it('is invalid when it is JSON null', async () => {
    await expect(parseRecordingResponse(Response.json(null), asked)).rejects.toMatchObject({
      code: 'invalid_response',
      issues: [{ path: [] }],
    });
  });
});

describe('parseRecordingResponse() with SIDs as plain strings', () => {
  it('resolves with the recording', async () => {
    const roomSid: string = asked.roomSid;
    const sid: string = asked.sid;
    expect(await parseRecordingResponse(Response.json(example), { roomSid, sid })).toMatchObject({ sid });
  });

  it.each([
    { name: 'a room name', requested: { roomSid: 'DailyStandup', sid: asked.sid }, member: 'roomSid' },
    { name: 'a room SID as sid', requested: { roomSid: asked.roomSid, sid: asked.roomSid }, member: 'sid' },
  ])('rejects with invalid_sid for $name', async ({ requested, member }) => {
    await expect(parseRecordingResponse(Response.json(example), requested)).rejects.toMatchObject({
      code: 'invalid_sid',
      message: `${member} must be ${member === 'sid' ? 'RT' : 'RM'} and 32 hexadecimal digits.`,
    });
  });
});
