import {
  createMp4Head,
  createPatchedFile,
  createScanner,
  createWebmFile,
  createWebmHead,
  decodeIndex,
  encodeIndex,
  readHead,
  type Bytes,
  type PlayableFile,
} from '../src/index.ts';
import { cluster, file, simpleBlock, text, trackEntry, uint, element } from '../test/ebml-builder.ts';

/**
 * Measures what 30 MB cost: 600 s of 24 frames a second, clusters of 10 s, chunks of 64 KiB. `copy` passes untouched chunks on.
 * The time is the least one of many runs, since others use the machine.
 */
const SECONDS = 600;
const FRAMES_OF_A_SECOND = 24;
const FRAME_BYTES = 2083;
const CHUNK_BYTES = 65_536;
const RUNS = 40;

const bytes = createFile();
const read = async (start: number, end: number) => bytes.slice(start, end);
const head = await readHead(read, bytes.length);
const index = scan();
const encoded = encodeIndex(index);

await measure('copy', async () => forEachChunk(() => {}));
await measure('patch', () => readAll(createPatchedFile(head, read)));
await measure('webm', () => readAll(createWebmFile(head, index)));
await measure('scan', async () => void scan());
await measure('head', async () => void (await readHead(read, bytes.length)));
await measure('webm head', async () => void createWebmHead(head, index));
await measure('mp4 head', async () => void createMp4Head(head, index));
await measure(
  `encode (${(encoded.length / index.frames.length).toFixed(1)} bytes a frame)`,
  async () => void encodeIndex(index),
);
await measure('decode', async () => void decodeIndex(encoded));

async function measure(name: string, run: () => Promise<void>): Promise<void> {
  let least = Infinity;
  for (let count = 0; count < RUNS; count += 1) {
    const began = performance.now();
    await run();
    least = Math.min(least, performance.now() - began);
  }
  process.stdout.write(`${name.padEnd(30)} ${least.toFixed(2)} ms\n`);
}

/** Chunks are copied, as those of a socket are new. */
function forEachChunk(use: (chunk: Bytes) => void, start = 0, end: number = bytes.length): void {
  for (let at = start; at < end; at += CHUNK_BYTES) use(bytes.slice(at, Math.min(end, at + CHUNK_BYTES)));
}

async function readAll(playable: PlayableFile): Promise<void> {
  const plan = await playable.plan(0, playable.size);
  let length = plan.prefix.length;
  const count = (parts: Iterable<Bytes>) => {
    for (const part of parts) length += part.length;
  };
  forEachChunk((chunk) => count(plan.push(chunk)), plan.source?.start, plan.source?.end);
  count(plan.finish());
  if (length !== playable.size) throw new Error(`${length} bytes instead of ${playable.size}.`);
}

function scan() {
  const scanner = createScanner(head);
  forEachChunk((chunk) => scanner.push(chunk));
  return scanner.finish();
}

/** Creates a file of H264 without Cues that begins at 20.8 s. */
function createFile(): Bytes {
  const payload = new Uint8Array(FRAME_BYTES).fill(0x1f);
  const clusters = Array.from({ length: SECONDS / 10 }, (_, row) =>
    cluster(
      20_800 + row * 10_000,
      ...Array.from({ length: 10 * FRAMES_OF_A_SECOND }, (_, frame) =>
        simpleBlock(Math.round((frame * 1000) / FRAMES_OF_A_SECOND), payload, frame === 0 ? 0x80 : 0),
      ),
    ),
  );
  const entry = trackEntry(uint('d7', 1, 1), text('86', 'V_MPEG4/ISO/AVC'), element('63a2', [1, 66, 0, 30]));
  return file({ tracks: [entry], rest: clusters });
}
