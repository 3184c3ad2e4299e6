import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPlayableFiles, createRead, describeFile, readWhole } from './playable.ts';
import { loadSample, SAMPLES } from './sample-files.ts';

const isMissing = spawnSync('ffmpeg', ['-version']).error !== undefined;
if (isMissing && process.env['CI'] !== undefined) {
  throw new Error('ffmpeg is missing. Install ffmpeg, which judges the files that this package makes.');
}
/** ffmpeg states a start of -7 ms for Opus: it subtracts the delay of the encoder. */
const MAX_START_SECONDS = 0.01;
const MAX_DURATION_ERROR_SECONDS = 0.05;
const TEST_TIMEOUT_MS = 30_000;

describe.skipIf(isMissing)('ffmpeg', () => {
  let folder = '';

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'matroska-'));
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(SAMPLES)(
    'accepts every representation of $name, with equal frames',
    async ({ name }) => {
      const bytes = loadSample(name);
      const { head, index } = await describeFile(bytes);
      const original = join(folder, name);
      writeFileSync(original, bytes);
      const expectedFrames = hashFrames(original);
      for (const { name: kind, file } of createPlayableFiles(head, index, createRead(bytes))) {
        const path = join(folder, `${name}.${kind}`);
        writeFileSync(path, await readWhole(file, bytes));
        const { start, duration, warnings } = probe(path);
        expect(Math.abs(start), kind).toBeLessThan(MAX_START_SECONDS);
        // A file that is patched in place keeps a missing Duration.
        if (kind !== 'patched' || head.duration !== null) {
          expect(warnings, kind).toBe('');
          expect(Math.abs(duration - index.duration), kind).toBeLessThan(MAX_DURATION_ERROR_SECONDS);
        }
        if (kind !== 'wav') expect(hashFrames(path), kind).toEqual(expectedFrames);
      }
    },
    TEST_TIMEOUT_MS,
  );
});

function probe(path: string): { start: number; duration: number; warnings: string } {
  const args = ['-v', 'warning', '-show_entries', 'format=start_time,duration', '-of', 'json', path];
  const { stdout, stderr } = spawnSync('ffprobe', args, { encoding: 'utf8' });
  const { format } = JSON.parse(stdout) as { format: { start_time?: string; duration?: string } };
  // A WAV has no start.
  return { start: Number(format.start_time ?? 0), duration: Number(format.duration), warnings: stderr };
}

/** Returns the size and the hash of each frame. */
function hashFrames(path: string): readonly string[] {
  const args = ['-v', 'error', '-i', path, '-map', '0', '-c', 'copy', '-f', 'framehash', '-'];
  const lines = execFileSync('ffmpeg', args, { encoding: 'utf8' }).split('\n');
  // The columns: stream, dts, pts, duration, size, hash.
  return lines.filter((line) => /^\d/.test(line)).map((line) => line.split(',').slice(4).join());
}
