import { check, equal, holds, type Case } from '@room-recordings/testing/cases';
import { createRandom } from '@room-recordings/testing/random';
import {
  decodeIndex,
  encodeIndex,
  MatroskaError,
  readHead,
  type Bytes,
  type PlayableFile,
} from '../../src/index.ts';
import { createPlayableFiles, createRead, describeFile, readWhole, runPlan } from '../playable.ts';

/** The bytes of a sample. */
export interface Sample {
  readonly name: string;
  readonly bytes: Bytes;
}

/** The 15 samples have 37 representations. */
const RANGES_OF_A_FILE = 300;

/** Creates the cases that every runtime passes: 11,100 ranges in all. */
export function rangeCases(samples: readonly Sample[]): readonly Case[] {
  return [
    ...samples.map(({ name, bytes }) =>
      check(`${RANGES_OF_A_FILE} ranges of each representation of ${name} equal the whole`, async () => {
        const { head, index } = await describeFile(bytes);
        for (const { name: kind, file } of createPlayableFiles(head, index, createRead(bytes))) {
          await compareRanges(kind, file, bytes);
        }
      }),
    ),
    ...samples.map(({ name, bytes }) =>
      check(`the index of ${name} survives its encoding`, async () => {
        const { index } = await describeFile(bytes);
        const encoded = encodeIndex(index);
        equal(encodeIndex(decodeIndex(encoded)), encoded);
      }),
    ),
    check('text is not Matroska', async () => {
      const bytes = new TextEncoder().encode('<Error><Code>AccessDenied</Code></Error>');
      const error: unknown = await readHead(createRead(bytes), bytes.length).catch(
        (reason: unknown) => reason,
      );
      holds(error instanceof MatroskaError && error.code === 'not_matroska', 'error', error);
    }),
  ];
}

async function compareRanges(kind: string, file: PlayableFile, bytes: Bytes): Promise<void> {
  const random = createRandom(file.size);
  const whole = await readWhole(file, bytes);
  equal(whole.length, file.size, kind);
  for (let count = 0; count < RANGES_OF_A_FILE; count += 1) {
    const start = Math.floor(random() * file.size);
    const longest = count % 3 === 0 ? file.size : 50;
    const end = Math.min(file.size, start + 1 + Math.floor(random() * longest));
    const chunkLengths = [1 + Math.floor(random() * 30), 1 + Math.floor(random() * 3000)];
    const got = runPlan(await file.plan(start, end), bytes, chunkLengths);
    const isEqual = got.length === end - start && got.every((byte, at) => byte === whole[start + at]);
    holds(isEqual, `${kind}, bytes ${start} to ${end}`, got.length);
  }
}
