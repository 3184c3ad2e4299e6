import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openFolderMedia } from '../../src/archive/media-folder.ts';
import { createArchiveMedia, type MediaReadOptions, type MediaSource } from '../../src/media/media-source.ts';
import { RECORDING_REF } from '../support/recording.ts';
import { countOpenFiles } from './folder-cases.ts';

const { roomSid, sid } = RECORDING_REF;

/** Bytes of a file of several chunks, whose last chunk is not full. */
const SIZE = 500_000;
const BYTES = Uint8Array.from({ length: SIZE }, (_, index) => (index * 31) % 251);

/** A media folder whose room has one file. */
interface Folder {
  readonly root: string;
  readonly file: string;
  readonly media: MediaSource;
  /** Returns the number of open descriptors of files in the folder. */
  countOpenFiles(): number;
}

function createFolder(bytes: Uint8Array | undefined = BYTES): Folder {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'media-')));
  onTestFinished(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, roomSid));
  const file = join(root, roomSid, sid);
  writeFileSync(file, bytes);
  return {
    root,
    file,
    media: createArchiveMedia(openFolderMedia(root)),
    countOpenFiles: () => countOpenFiles(root),
  };
}

const open = ({ media }: Folder, start = 0, end = SIZE, options: Partial<MediaReadOptions> = {}) =>
  media.open(RECORDING_REF, { start, end }, { signal: new AbortController().signal, ...options });

const readAll = async (body: ReadableStream<Uint8Array<ArrayBuffer>>) => new Response(body).bytes();

describe('the media folder of an archive', () => {
  it.each([
    { name: 'the whole file', start: 0, end: SIZE },
    { name: 'the first byte', start: 0, end: 1 },
    { name: 'the last byte', start: SIZE - 1, end: SIZE },
    { name: 'a range over two chunks', start: 131_071, end: 131_073 },
    { name: 'a range that ends after the end of the file', start: 400_000, end: SIZE * 2 },
  ])('returns the bytes of $name, and closes the file', async ({ start, end }) => {
    const folder = createFolder();
    const { body, size, etag, encrypted } = await open(folder, start, end);
    expect(await readAll(body)).toEqual(BYTES.slice(start, end));
    expect({ size, encrypted }).toEqual({ size: SIZE, encrypted: false });
    expect(etag).toMatch(/^"[\w-]+"$/);
    expect(folder.countOpenFiles()).toBe(0);
  });

  it('reads one chunk of at most 128 KiB at a time, and none before the consumer reads', async () => {
    const folder = createFolder();
    const { body } = await open(folder);
    const reader = body.getReader();
    // The rest of the file is read only now, so the stream cannot have it yet.
    writeFileSync(folder.file, new Uint8Array(SIZE));
    expect((await reader.read()).value).toEqual(new Uint8Array(131_072));
    writeFileSync(folder.file, BYTES);
    expect((await reader.read()).value).toEqual(BYTES.slice(131_072, 262_144));
    await reader.cancel();
    expect(folder.countOpenFiles()).toBe(0);
  });

  it('closes the file when the consumer cancels while a read is pending', async () => {
    const folder = createFolder();
    const { body } = await open(folder);
    expect(folder.countOpenFiles()).toBe(1);
    const reader = body.getReader();
    const pending = reader.read();
    await reader.cancel();
    expect((await pending).done).toBe(true);
    expect(folder.countOpenFiles()).toBe(0);
  });

  it('closes the file and fails the stream when the signal aborts', async () => {
    const folder = createFolder();
    const controller = new AbortController();
    const { body } = await open(folder, 0, SIZE, { signal: controller.signal });
    const reader = body.getReader();
    await reader.read();
    controller.abort();
    await expect(reader.read()).rejects.toBe(controller.signal.reason);
    await expect.poll(() => folder.countOpenFiles()).toBe(0);
  });

  it('opens nothing for a signal that has aborted', async () => {
    const folder = createFolder();
    await expect(open(folder, 0, 1, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      reason: 'failed',
    });
    expect(folder.countOpenFiles()).toBe(0);
  });

  it('fails the stream of a file that becomes shorter, and closes the file', async () => {
    const folder = createFolder();
    const { body } = await open(folder);
    truncateSync(folder.file, 1_000);
    await expect(readAll(body)).rejects.toThrow('The file is shorter');
    expect(folder.countOpenFiles()).toBe(0);
  });

  it('has the same ETag until the file is written again', async () => {
    const folder = createFolder();
    const { etag, body } = await open(folder);
    await body.cancel();
    const ifMatch = etag ?? '';
    const again = await open(folder, 0, 1, { ifMatch });
    await again.body.cancel();
    expect(again.etag).toBe(etag);
    utimesSync(folder.file, 1_000, 1_000);
    await expect(open(folder, 0, 1, { ifMatch })).rejects.toMatchObject({ reason: 'changed' });
    expect(folder.countOpenFiles()).toBe(0);
  });
});

describe('a media folder that has no such file', () => {
  it.each([
    { name: 'no file', change: ({ file }: Folder) => rmSync(file) },
    { name: 'no room', change: ({ root }: Folder) => rmSync(join(root, roomSid), { recursive: true }) },
    {
      name: 'a file instead of the room',
      change: ({ root }: Folder) => {
        rmSync(join(root, roomSid), { recursive: true });
        writeFileSync(join(root, roomSid), '');
      },
    },
    {
      name: 'a folder instead of the file',
      change: ({ file }: Folder) => {
        rmSync(file);
        mkdirSync(file);
      },
    },
    {
      name: 'a symbolic link to a file outside',
      change: ({ file }: Folder) => {
        rmSync(file);
        symlinkSync('/etc/hostname', file);
      },
    },
    {
      name: 'a symbolic link instead of the room',
      change: ({ root }: Folder) => {
        mkdirSync(join(root, 'elsewhere'));
        writeFileSync(join(root, 'elsewhere', sid), 'x');
        rmSync(join(root, roomSid), { recursive: true });
        symlinkSync(join(root, 'elsewhere'), join(root, roomSid));
      },
    },
    {
      name: 'a named pipe without a writer',
      change: ({ file }: Folder) => {
        rmSync(file);
        execFileSync('mkfifo', [file]);
      },
    },
  ])('fails with the reason "missing" and what to do: $name', async ({ change }) => {
    const folder = createFolder();
    change(folder);
    await expect(open(folder)).rejects.toMatchObject({
      reason: 'missing',
      code: 'media_unavailable',
      detail: expect.stringContaining('MEDIA_PATH') as string,
    });
    expect(folder.countOpenFiles()).toBe(0);
  });

  it('fails with the reason "empty" for a file without bytes, and "changed" for a range after the end', async () => {
    const folder = createFolder(new Uint8Array());
    await expect(open(folder)).rejects.toMatchObject({ reason: 'empty' });
    writeFileSync(folder.file, 'x');
    await expect(open(folder, 1)).rejects.toMatchObject({ reason: 'changed' });
    expect(folder.countOpenFiles()).toBe(0);
  });

  it('follows a symbolic link of the folder itself, which the operator has set', async () => {
    const folder = createFolder();
    const link = `${folder.root}-link`;
    symlinkSync(folder.root, link);
    onTestFinished(() => rmSync(link));
    const { body } = await open({ ...folder, media: createArchiveMedia(openFolderMedia(link)) }, 0, 3);
    expect(await readAll(body)).toEqual(BYTES.slice(0, 3));
  });
});
