import { describe, expect, it } from 'vitest';
import { quoteForLog } from '../../src/auth/jwt-claims.ts';
import { createTestEdge } from '../support/test-edge.ts';
import { askWith } from './asking.ts';
import { handmade, TWILIO_ACCESS, TWILIO_CLAIMS, TWILIO_HEADER } from './tokens.ts';

const CASES: readonly (readonly [what: string, name: string, quoted: string])[] = [
  ['a line feed', 'a\nb', '"a\\nb"'],
  ['a quotation mark', 'a"}b', '"a\\"}b"'],
  ['an escape of a terminal', '\u001b[2J\u009b31m\u007f', '"\\u001b[2J\\u009b31m\\u007f"'],
  ['a change of direction', 'a\u202eb', '"a\\u202eb"'],
  ['a line separator', 'a\u2028b', '"a\\u2028b"'],
  ['a lone surrogate', 'a\ud800b', '"a\\ud800b"'],
  ['a letter beyond ASCII', 'réunion', '"r\\u00e9union"'],
  ['64 characters', 'x'.repeat(64), `"${'x'.repeat(64)}"`],
  ['65 characters', 'x'.repeat(65), `"${'x'.repeat(64)}"...`],
  ['2,000 characters', 'é'.repeat(2_000), `"${'\\u00e9'.repeat(64)}"...`],
];

describe('the name of a room in the log', () => {
  it.each(CASES)('is quoted and shortened with %s', (_what, name, quoted) => {
    expect(quoteForLog(name)).toBe(quoted);
  });

  it.each(CASES)('is one line of visible ASCII with %s', async (_what, name, quoted) => {
    const edge = createTestEdge(undefined, TWILIO_ACCESS);
    const token = handmade(TWILIO_HEADER, { ...TWILIO_CLAIMS, grants: { video: { room: name } } });
    expect((await askWith(edge, token)).status).toBe(403);
    const line = edge.logEntries.find(({ reason }) => reason !== undefined);
    expect(line?.['reason']).toBe(`token grants room name ${quoted}; TWILIO_TOKEN_ROOM=sid compares SIDs`);
    expect(JSON.stringify(line)).toMatch(/^[\x20-\x7e]+$/);
  });
});
