import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createScanner, readHead } from '@room-recordings/matroska';
import { describe, expect, it } from 'vitest';
import { SEED } from '../../scripts/seed.ts';

const FOLDER = resolve(import.meta.dirname, '../../seed');
const MAX_BYTES = 900_000;

const ROOM = SEED[0]?.room_sid ?? '';
const CALL = SEED.filter(({ room_sid }) => room_sid === ROOM);

const readSize = (key: string) => statSync(join(FOLDER, key)).size;

/** Reads a file as the edge does: its head, and the index of a scan. */
async function readMedia(sid: string) {
  const bytes = new Uint8Array(readFileSync(join(FOLDER, ROOM, sid)));
  const head = await readHead((start, end) => Promise.resolve(bytes.slice(start, end)), bytes.length);
  const scanner = createScanner(head);
  scanner.push(bytes);
  return { head, index: scanner.finish() };
}

describe('the media of local development', () => {
  it.each(CALL)(
    'has the codec and the duration of the row for $codec, $sid',
    async ({ sid, codec, duration }) => {
      const { head, index } = await readMedia(sid);
      expect(head.codec).toBe(codec);
      expect(Math.round(index.duration)).toBe(duration);
    },
  );

  it('begins at different times of the room, because Bob joins later', async () => {
    const heads = await Promise.all(CALL.map(async ({ sid }) => (await readMedia(sid)).head));
    expect(heads.map(({ firstTimestamp }) => firstTimestamp)).toEqual([1564, 1584, 8814, 8789]);
  });

  it('has one mute of four seconds', async () => {
    const gaps = await Promise.all(CALL.map(async ({ sid }) => (await readMedia(sid)).index.gaps));
    expect(gaps.map((list) => list.map(([from, to]) => Math.round(to - from)))).toEqual([[4], [], [], []]);
  });

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
