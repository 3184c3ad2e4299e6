import { describe, expect, it } from 'vitest';
import { createPatcher, findBoundary, readHead, type Bytes, type MatroskaHead } from '../src/index.ts';
import {
  cluster,
  element,
  file,
  float,
  header,
  join,
  simpleBlock,
  text,
  trackEntry,
  uint,
} from './ebml-builder.ts';
import { createRead } from './playable.ts';

const read = (bytes: Bytes): Promise<MatroskaHead> => readHead(createRead(bytes), bytes.length);

/** Patches a file from its first byte, and returns both. */
async function patch(
  bytes: Bytes,
): Promise<{ readonly patched: Bytes; readonly before: MatroskaHead; readonly after: MatroskaHead }> {
  const before = await read(bytes);
  const patcher = createPatcher(before, 0);
  const patched = join([...patcher.push(bytes.slice()), ...patcher.finish()]);
  expect(patched.length).toBe(bytes.length);
  return { patched, before, after: await read(patched) };
}

describe('createPatcher', () => {
  it.each([
    { name: 'VP8', codecId: 'V_VP8', docType: 'webm' },
    { name: 'Opus', codecId: 'A_OPUS', docType: 'webm' },
    { name: 'H264, which browsers do not play as WebM', codecId: 'V_MPEG4/ISO/AVC', docType: 'matroska' },
  ])('sets the DocType of $name to $docType', async ({ codecId, docType }) => {
    const ebml = element('1a45dfa3', text('4282', 'matroska\0'));
    const { after } = await patch(file({ ebml, tracks: [trackEntry(text('86', codecId))] }));
    expect(after.docType).toBe(docType);
  });

  it('makes the file begin at 0 and replaces an end by a length', async () => {
    const info = [element('bf', [1, 2, 3, 4]), float('4489', 26_800, 4), text('4d80', 'Lavf')];
    const { before, after } = await patch(file({ info, rest: [cluster(20_800, simpleBlock(0, [1]))] }));
    expect(before).toMatchObject({ firstTimestamp: 20_800, duration: 6 });
    expect(after).toMatchObject({ firstTimestamp: 0, duration: 6 });
  });

  it('leaves the payload of a frame alone, even if it looks like a cluster', async () => {
    const payload = cluster(20_900, simpleBlock(0, [1]));
    const bytes = file({ rest: [cluster(20_800, simpleBlock(0, payload))] });
    const { patched } = await patch(bytes);
    expect(patched.slice(-payload.length)).toEqual(payload);
  });

  it('does not make a timestamp negative', async () => {
    const bytes = file({ rest: [cluster(500, simpleBlock(0, [1])), cluster(100, simpleBlock(0, [2]))] });
    const { patched } = await patch(bytes);
    expect(patched.slice(-cluster(0, simpleBlock(0, [2])).length)).toEqual(cluster(0, simpleBlock(0, [2])));
  });

  it('replaces the checksum of a cluster by a Void of the same length', async () => {
    const content = (id: string, time: number) =>
      element('1f43b675', element(id, [1, 2, 3, 4]), uint('e7', time), simpleBlock(0, [1]));
    const { patched } = await patch(file({ rest: [content('bf', 700)] }));
    expect(patched.slice(-content('ec', 0).length)).toEqual(content('ec', 0));
  });

  it('patches the times of Cues before and after the clusters', async () => {
    const cues = (time: number, position: number) =>
      element('1c53bb6b', element('bb', uint('b3', time), element('b7', uint('f1', position))));
    const bytes = file({ rest: [cues(500, 10), cluster(500, simpleBlock(0, [1])), cues(900, 20)] });
    const { patched } = await patch(bytes);
    const expected = join([cues(0, 10), cluster(0, simpleBlock(0, [1])), cues(400, 20)]);
    expect(patched.slice(-expected.length)).toEqual(expected);
  });

  it('passes the rest through after bytes that are not an element', async () => {
    const rest = join([[0, 0], cluster(900, simpleBlock(0, [1]))]);
    const { patched } = await patch(file({ rest: [cluster(500, simpleBlock(0, [1])), rest] }));
    expect(patched.slice(-rest.length)).toEqual(rest);
  });

  it.each([
    { name: 'a timestamp of 9 bytes', bytes: element('e7', new Uint8Array(9).fill(1)) },
    { name: 'a timestamp that the file does not contain whole', bytes: join([header('e7', 8), [1, 2]]) },
  ])('leaves $name as it is', async ({ bytes }) => {
    const { patched } = await patch(file({ rest: [cluster(500, simpleBlock(0, [1])), bytes] }));
    expect(patched.slice(-bytes.length)).toEqual(bytes);
  });
});

describe('findBoundary', () => {
  const noRead = () => Promise.reject(new Error('No read is needed.'));
  const frame = (bytes: number) => simpleBlock(0, new Uint8Array(bytes).fill(0x1f));

  /** A file of clusters, then Cues. */
  async function describeClusters(count: number, frameBytes: number, pointsOfEach: number) {
    const clusters = Array.from({ length: count }, (_, row) => cluster(row * 500, frame(frameBytes)));
    const length = clusters[0]?.length ?? 0;
    const prefix = (cues: number) =>
      element('114d9b74', element('4dbb', element('53ab', [0x1c, 0x53, 0xbb, 0x6b]), uint('53ac', cues)));
    const clustersAt = prefix(0).length + (await segmentStart());
    const points = clusters.flatMap((_, row) =>
      Array.from({ length: pointsOfEach }, (_, nth) =>
        element('bb', uint('b3', row * 500 + nth), element('b7', uint('f1', clustersAt + row * length))),
      ),
    );
    const cues = clustersAt + count * length;
    const bytes = file({ rest: [prefix(cues), ...clusters, element('1c53bb6b', ...points)] });
    return { bytes, head: await read(bytes), length };
  }

  /** Bytes of the Segment before what `rest` has. */
  async function segmentStart(): Promise<number> {
    const head = await read(file());
    return head.firstCluster - head.segmentStart;
  }

  it('finds clusters by the Cues without a read', async () => {
    const { head, length } = await describeClusters(20, 1000, 1);
    expect(head.cuePoints.length).toBe(20);
    for (const [offset, expected] of [
      [0, 0],
      [head.firstCluster - 1, 0],
      [head.firstCluster, head.firstCluster],
      [head.firstCluster + length - 1, head.firstCluster],
      [head.firstCluster + length, head.firstCluster + length],
      [(head.cues?.start ?? 0) + 5, head.cues?.start],
    ] as const) {
      expect(await findBoundary(head, offset, noRead)).toBe(expected);
    }
  });

  it('finds a cluster by one read of 64 KiB, if the Cues are larger than 256 KiB', async () => {
    const { bytes, head, length } = await describeClusters(120, 4000, 50);
    expect(head).toMatchObject({ cuePoints: [] });
    let reads = 0;
    const counted = async (start: number, end: number) => {
      reads += 1;
      expect(end - start).toBeLessThan(66_000);
      return bytes.slice(start, end);
    };
    for (const row of [0, 1, 60, 119]) {
      for (const distance of [0, 1, 20, length - 1]) {
        reads = 0;
        const start = head.firstCluster + row * length;
        expect(await findBoundary(head, start + distance, counted)).toBe(start);
        expect(reads).toBe(1);
      }
    }
    const cues = head.cues ?? { start: 0, end: 0 };
    const boundary = await findBoundary(head, cues.end - 10, counted);
    expect(cues.end - 10 - boundary).toBeLessThan(60);
    expect(bytes[boundary]).toBe(0xbb);
  });

  it('searches in several windows for the cluster of a large frame', async () => {
    const rest = [cluster(0, frame(100)), cluster(500, frame(900_000))];
    const bytes = file({ isOpen: true, rest });
    const head = await read(bytes);
    const second = bytes.length - (rest[1]?.length ?? 0);
    expect(await findBoundary(head, bytes.length - 1, createRead(bytes))).toBe(second);
  });

  it('goes back to the first cluster, if no other one precedes the offset', async () => {
    const bytes = file({ isOpen: true, rest: [cluster(0, frame(300_000))] });
    const head = await read(bytes);
    expect(await findBoundary(head, bytes.length - 1, createRead(bytes))).toBe(head.firstCluster);
  });

  it('does not take four bytes of a frame for a cluster', async () => {
    const payload = join([new Uint8Array(500), [0x1f, 0x43, 0xb6, 0x75, 0x88, 1, 2, 3], new Uint8Array(500)]);
    const bytes = file({ isOpen: true, rest: [cluster(0, simpleBlock(0, payload))] });
    const head = await read(bytes);
    expect(await findBoundary(head, bytes.length - 1, createRead(bytes))).toBe(head.firstCluster);
  });
});
