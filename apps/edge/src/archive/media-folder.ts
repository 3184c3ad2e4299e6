import { constants, type BigIntStats } from 'node:fs';
import { open, realpath, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { OpenStoredRange } from '../media/media-source.ts';

/** Bytes of one read. A stream holds one such chunk at a time. */
const CHUNK_BYTES = 131_072;

/**
 * Opens the media of an archive in a folder, `{RoomSid}/{Sid}` in it. Only regular files inside the folder are opened, and no symbolic
 * link below it is followed. This module is not part of the Worker, which has no `node:fs`.
 */
export function openFolderMedia(folder: string): OpenStoredRange {
  return async ({ roomSid, sid }, { start, end }, { signal, ifMatch }) => {
    const handle = await openFile(folder, roomSid, sid);
    if (handle === undefined) return 'missing';
    let isOpen = false;
    try {
      const stat = await handle.stat({ bigint: true });
      signal.throwIfAborted();
      const size = Number(stat.size);
      const etag = createFileEtag(stat);
      if (!stat.isFile()) return 'missing';
      if (size === 0) return 'empty';
      if (start >= size || (ifMatch !== undefined && ifMatch !== etag)) return 'changed';
      isOpen = true;
      return {
        body: createFileStream(handle, start, Math.min(end, size), signal),
        size,
        etag,
        encrypted: false,
      };
    } finally {
      if (!isOpen) await handle.close();
    }
  };
}

/** The codes of a path that does not exist, and of a symbolic link in the place of the file. */
const MISSING_CODES = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'EMLINK']);

/** @returns undefined if the file does not exist. */
async function openFile(folder: string, roomSid: string, sid: string): Promise<FileHandle | undefined> {
  try {
    const root = await realpath(folder);
    const room = join(root, roomSid);
    if ((await realpath(room)) !== room) return undefined;
    // Without O_NONBLOCK, the open of a named pipe waits for its writer. Windows has neither flag, and undefined counts as 0.
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
    return await open(join(room, sid), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    if (error instanceof Error && 'code' in error && MISSING_CODES.has(String(error.code))) return undefined;
    throw error;
  }
}

/**
 * Creates the ETag of a file from its size and its time in nanoseconds, which change if the file is written again. The inode is left out,
 * so that copies on several machines have the same ETag.
 */
function createFileEtag({ size, mtimeNs }: BigIntStats): string {
  return `"${size.toString(36)}-${mtimeNs.toString(36)}"`;
}

/** Streams a range of a file, one chunk for each pull, and closes the file at the end, at an error and when the stream is cancelled. */
function createFileStream(
  handle: FileHandle,
  start: number,
  end: number,
  signal: AbortSignal,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let position = start;
  let reading: Promise<unknown> = Promise.resolve();
  let closing: Promise<void> | undefined;
  let abort: (() => void) | undefined;

  /** Closes the file after the pending read: a descriptor that is closed during a read may already belong to another file. */
  function close(): Promise<void> {
    if (abort !== undefined) signal.removeEventListener('abort', abort);
    closing ??= reading.then(
      () => handle.close(),
      () => handle.close(),
    );
    return closing;
  }

  return new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      start(controller) {
        abort = () => {
          controller.error(signal.reason);
          void close();
        };
        signal.addEventListener('abort', abort);
      },
      async pull(controller) {
        const chunk = new Uint8Array(Math.min(CHUNK_BYTES, end - position));
        const read = handle.read(chunk, 0, chunk.byteLength, position);
        reading = read;
        try {
          const { bytesRead } = await read;
          if (closing !== undefined) return;
          if (bytesRead === 0) throw new Error('The file is shorter than it was when it was opened.');
          position += bytesRead;
          controller.enqueue(chunk.subarray(0, bytesRead));
        } catch (error) {
          await close();
          throw error;
        }
        if (position < end) return;
        await close();
        controller.close();
      },
      cancel: close,
    },
    // Without a high-water mark of 0 the stream reads one chunk ahead of its consumer.
    { highWaterMark: 0 },
  );
}
