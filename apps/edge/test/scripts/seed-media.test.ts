import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SEED } from '../../scripts/seed.ts';

const FOLDER = resolve(import.meta.dirname, '../../seed');
const MAX_BYTES = 900_000;

const ROOM = SEED[0]?.room_sid ?? '';
const CALL = SEED.filter(({ room_sid }) => room_sid === ROOM);

const readSize = (key: string) => statSync(join(FOLDER, key)).size;

describe('the media of local development', () => {
  it.each(CALL)('has the size of the row for $codec, $sid', ({ sid, size }) => {
    expect(readSize(`${ROOM}/${sid}`)).toBe(size);
  });

  it('has no other files', () => {
    expect(readdirSync(FOLDER)).toEqual([ROOM]);
    expect(readdirSync(join(FOLDER, ROOM)).toSorted()).toEqual(CALL.map(({ sid }) => sid).toSorted());
  });

  it(`has at most ${MAX_BYTES} bytes in total`, () => {
    expect(CALL.reduce((total, { size }) => total + size, 0)).toBeLessThanOrEqual(MAX_BYTES);
  });

  it('is a call of two participants with one offset, in which each codec occurs once', () => {
    expect(CALL.map(({ codec }) => codec).toSorted()).toEqual(['H264', 'OPUS', 'PCMU', 'VP8']);
    expect(new Set(CALL.map(({ grouping_sids }) => grouping_sids)).size).toBe(2);
    expect(new Set(CALL.map(({ offset }) => offset)).size).toBe(1);
  });
});
