import { readdirSync, readlinkSync } from 'node:fs';
import { equal, rejection, type Case } from '@room-recordings/testing/cases';
import { runCases, type Report } from '@room-recordings/testing/run-cases';
import { openFolderMedia } from '../../src/archive/media-folder.ts';
import { createArchiveMedia, type StoredRange } from '../../src/media/media-source.ts';
import { RECORDING_REF } from '../support/recording.ts';

/** Bytes of the file: several chunks, and the last one is not full. */
export const FOLDER_FILE_SIZE = 500_000;

/** Returns the bytes of the file from an offset on. */
export function createFolderBytes(start: number, end: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: end - start }, (_, index) => 32 + (((start + index) * 31) % 89));
}

/** Folders: one with the file, one with a symbolic link to it, one with a named pipe, and one without a room. */
export interface Folders {
  readonly file: string;
  readonly link: string;
  readonly pipe: string;
  readonly empty: string;
}

const open = (folder: string, start: number, end: number, signal = new AbortController().signal) =>
  createArchiveMedia(openFolderMedia(folder)).open(RECORDING_REF, { start, end }, { signal });

const readAll = async ({ body }: StoredRange) => new Uint8Array(await new Response(body).arrayBuffer());

/** Returns the number of open descriptors of files in a folder. */
export function countOpenFiles(folder: string): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(folder);
    } catch {
      // The descriptor of the listing itself is closed by now.
      return false;
    }
  }).length;
}

const CASES: readonly Case<Folders>[] = [
  {
    name: 'reads exactly the bytes of a range, and closes the file',
    async run({ file }) {
      for (const [start, end] of [
        [0, FOLDER_FILE_SIZE],
        [131_071, 131_073],
        [FOLDER_FILE_SIZE - 1, FOLDER_FILE_SIZE * 2],
      ] as const) {
        const bytes = await readAll(await open(file, start, end));
        equal(bytes, createFolderBytes(start, Math.min(end, FOLDER_FILE_SIZE)), `${start}-${end}`);
      }
      equal(countOpenFiles(file), 0, 'open files');
    },
  },
  {
    name: 'closes the file when the consumer cancels, also while a read is pending',
    async run({ file }) {
      const { body } = await open(file, 0, FOLDER_FILE_SIZE);
      const reader = body.getReader();
      await reader.read();
      const pending = reader.read();
      await reader.cancel();
      await pending;
      equal(countOpenFiles(file), 0, 'open files');
    },
  },
  {
    name: 'fails and closes the file when the signal aborts',
    async run({ file }) {
      const controller = new AbortController();
      const { body } = await open(file, 0, FOLDER_FILE_SIZE, controller.signal);
      const reader = body.getReader();
      await reader.read();
      controller.abort();
      await rejection(reader.read());
      while (countOpenFiles(file) > 0) await new Promise((resolve) => setImmediate(resolve));
    },
  },
  {
    name: 'opens neither symbolic links nor named pipes, and reports a missing file',
    async run({ link, pipe, empty }) {
      for (const folder of [link, pipe, empty]) {
        const error = await rejection(open(folder, 0, 1));
        equal(error instanceof Error && 'reason' in error ? error.reason : error, 'missing', folder);
        equal(countOpenFiles(folder), 0, 'open files');
      }
    },
  },
];

/** The names of the cases. */
export const FOLDER_CASE_NAMES: readonly { readonly name: string }[] = CASES.map(({ name }) => ({ name }));

/** Reads media from folders with the file system of this runtime. */
export async function runFolderCases(folders: Folders): Promise<Report> {
  return runCases(CASES, folders);
}
