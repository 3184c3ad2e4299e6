import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callOnRuntime, RUNTIMES } from '@room-recordings/testing/call-on-runtime';
import { expectedReport } from '@room-recordings/testing/run-cases';
import { expect, it, onTestFinished } from 'vitest';
import { RECORDING_REF } from '../support/recording.ts';
import {
  createFolderBytes,
  FOLDER_CASE_NAMES,
  FOLDER_FILE_SIZE,
  runFolderCases,
  type Folders,
} from './folder-cases.ts';

const { roomSid, sid } = RECORDING_REF;

function createFolders(): Folders {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'media-')));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const folders = {
    file: join(root, 'file'),
    link: join(root, 'link'),
    pipe: join(root, 'pipe'),
    empty: join(root, 'empty'),
  };
  const { file, link, pipe, empty } = folders;
  for (const folder of [file, link, pipe]) mkdirSync(join(folder, roomSid), { recursive: true });
  mkdirSync(empty);
  writeFileSync(join(file, roomSid, sid), createFolderBytes(0, FOLDER_FILE_SIZE));
  symlinkSync(join(file, roomSid, sid), join(link, roomSid, sid));
  execFileSync('mkfifo', [join(pipe, roomSid, sid)]);
  return folders;
}

it.each(RUNTIMES)('the media folder is read on %s as on Node', { timeout: 60_000 }, async (runtime) => {
  const module = new URL('folder-cases.ts', import.meta.url);
  const report = await callOnRuntime(runtime, module, runFolderCases, [createFolders()]);
  expect(report).toEqual(expectedReport(runtime, FOLDER_CASE_NAMES));
});

it('the media folder is read on Node as on the other runtimes', async () => {
  expect(await runFolderCases(createFolders())).toEqual(expectedReport('Node', FOLDER_CASE_NAMES));
});
