import {
  createMp4File,
  createPatchedFile,
  createScanner,
  createWavFile,
  createWebmFile,
  readHead,
  type Bytes,
  type MatroskaHead,
  type MatroskaIndex,
  type PlayableFile,
  type RangePlan,
  type ReadRange,
} from '../src/index.ts';

/** Returns a `read` of bytes in memory, whose results are copies. */
export function createRead(bytes: Bytes): ReadRange {
  return async (start, end) => bytes.slice(start, end);
}

/** Reads the head and scans the whole file. */
export async function describeFile(bytes: Bytes): Promise<{ head: MatroskaHead; index: MatroskaIndex }> {
  const head = await readHead(createRead(bytes), bytes.length);
  return { head, index: scan(head, bytes, bytes.length) };
}

/** Scans the file in chunks of so many bytes. */
export function scan(head: MatroskaHead, bytes: Bytes, chunkBytes: number): MatroskaIndex {
  const scanner = createScanner(head);
  for (let at = 0; at < bytes.length; at += chunkBytes) scanner.push(bytes.slice(at, at + chunkBytes));
  return scanner.finish();
}

/** Creates all playable files that the codec allows. */
export function createPlayableFiles(
  head: MatroskaHead,
  index: MatroskaIndex,
  read: ReadRange,
): readonly { readonly name: string; readonly file: PlayableFile }[] {
  const files = [
    { name: 'patched', file: createPatchedFile(head, read) },
    { name: 'webm', file: createWebmFile(head, index) },
  ];
  if (head.codec === 'H264') files.push({ name: 'mp4', file: createMp4File(head, index) });
  if (head.codec === 'PCMU') files.push({ name: 'wav', file: createWavFile(head, index) });
  return files;
}

/** Carries a plan out with chunks of the given lengths, which repeat. */
export function runPlan(plan: RangePlan, bytes: Bytes, chunkLengths: readonly number[]): Bytes {
  const parts: Bytes[] = [plan.prefix];
  const end = plan.source?.end ?? 0;
  for (let at = plan.source?.start ?? 0, turn = 0; at < end; turn += 1) {
    const next = Math.min(end, at + (chunkLengths[turn % chunkLengths.length] ?? end));
    parts.push(...plan.push(bytes.slice(at, next)));
    at = next;
  }
  parts.push(...plan.finish());
  return joinBytes(parts);
}

/** Returns all bytes of a playable file. */
export async function readWhole(file: PlayableFile, bytes: Bytes): Promise<Bytes> {
  return runPlan(await file.plan(0, file.size), bytes, [65_536]);
}

/** Joins byte sequences. */
function joinBytes(parts: readonly Bytes[]): Bytes {
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
