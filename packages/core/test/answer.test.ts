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
      message: `Asked for ${asked.sid} of ${asked.roomSid}, answered with another recording.`,
      status: 200,
      requestId: 'RQ1',
    });
  });

  it.each(['sid', 'room_sid'])('is invalid when it does not name its %s', async (name) => {
    await expect(
      parseRecordingResponse(Response.json({ ...example, [name]: null }, { headers }), asked),
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
    await expect(parseRecordingResponse(Response.json(wrong, { headers }), asked)).rejects.toMatchObject({
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
    ['JSON after a byte order mark', `\ufeff${JSON.stringify(example)}`],
  ])('is invalid when it is %s and no JSON', async (_what, text) => {
    await expect(parseRecordingResponse(new Response(text, { headers }), asked)).rejects.toMatchObject({
      code: 'invalid_response',
      message: 'The answer is no JSON.',
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
      message: 'The answer is longer than 1048576 bytes or no UTF-8.',
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
      message: 'The answer broke off.',
      status: 200,
      requestId: 'RQ1',
      cause,
    });
  });

  it('is invalid when it is JSON null', async () => {
    await expect(parseRecordingResponse(Response.json(null), asked)).rejects.toMatchObject({
      code: 'invalid_response',
      issues: [{ path: '' }],
    });
  });
});
