import { describe, expect, it } from 'vitest';
import { quoteForLog } from '../../src/auth/jwt-claims.ts';
import { createTestEdge } from '../support/test-edge.ts';
import { sendToken } from './helpers.ts';
import { signHmacWithoutJose, TWILIO_ACCESS, TWILIO_CLAIMS, TWILIO_HEADER } from './tokens.ts';

const TEXTS: readonly { name: string; text: string; quoted: string }[] = [
  { name: 'a line feed', text: 'a\nb', quoted: '"a\\nb"' },
  { name: 'a quotation mark', text: 'a"}b', quoted: '"a\\"}b"' },
  {
    name: 'an escape of a terminal',
    text: '\u001b[2J\u009b31m\u007f',
    quoted: '"\\u001b[2J\\u009b31m\\u007f"',
  },
  { name: 'a change of direction', text: 'a\u202eb', quoted: '"a\\u202eb"' },
  { name: 'a line separator', text: 'a\u2028b', quoted: '"a\\u2028b"' },
  { name: 'a lone surrogate', text: 'a\ud800b', quoted: '"a\\ud800b"' },
  { name: 'a letter beyond ASCII', text: 'réunion', quoted: '"r\\u00e9union"' },
  { name: '64 characters', text: 'x'.repeat(64), quoted: `"${'x'.repeat(64)}"` },
  { name: '65 characters', text: 'x'.repeat(65), quoted: `"${'x'.repeat(64)}"...` },
  { name: '2,000 characters', text: 'é'.repeat(2_000), quoted: `"${'\\u00e9'.repeat(64)}"...` },
];

describe('quoteForLog()', () => {
  it.each(TEXTS)('quotes, escapes and shortens $name', ({ text, quoted }) => {
    expect(quoteForLog(text)).toBe(quoted);
  });

  it.each(TEXTS)(
    'the log entry of a room name with $name is one line of visible ASCII',
    async ({ text, quoted }) => {
      const edge = createTestEdge(undefined, TWILIO_ACCESS);
      const token = signHmacWithoutJose(TWILIO_HEADER, {
        ...TWILIO_CLAIMS,
        grants: { video: { room: text } },
      });
      expect((await sendToken(edge, token)).status).toBe(403);
      const entry = edge.logEntries.find(({ reason }) => reason !== undefined);
      expect(entry?.['reason']).toBe(
        `the token grants the room name ${quoted}; TWILIO_TOKEN_ROOM=sid compares SIDs`,
      );
      expect(JSON.stringify(entry)).toMatch(/^[\x20-\x7e]+$/);
    },
  );
});
