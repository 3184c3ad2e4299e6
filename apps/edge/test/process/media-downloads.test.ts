import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMediaEdge, readBytes, readSeedMedia } from '../support/media-edge.ts';
import { PATH } from '../support/recording.ts';
import { RUNTIMES, startMediaEdges, type MediaEdges } from './media-edges.ts';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'media-downloads-'));
const H264 = readSeedMedia('h264');

/** A missing program counts as absent, and with `CI=true` as a failure. */
const isMissing = (program: string) =>
  process.env['CI'] !== 'true' && spawnSync(program, ['--version'], { stdio: 'ignore' }).error !== undefined;

let edges: MediaEdges;
let expected: Uint8Array;

beforeAll(async () => {
  edges = await startMediaEdges();
  expected = await readBytes(await createMediaEdge(H264).request(`${PATH}/Media`));
}, 60_000);
afterAll(async () => {
  await edges.stop();
  rmSync(folder, { recursive: true });
});

describe.each(RUNTIMES)('downloads from %s', (runtime) => {
  /** Stores a part of the file, as after a download that broke. */
  function createPart(name: string): { readonly file: string; readonly url: string } {
    const file = join(folder, `${runtime}-${name}`);
    writeFileSync(file, expected.subarray(0, 60_000));
    return { file, url: edges.origin(runtime) + edges.add(H264) };
  }

  it.skipIf(isMissing('curl'))('curl -C - completes a broken download', async () => {
    const { file, url } = createPart('curl.mp4');
    await run('curl', ['-sSf', '-C', '-', '-o', file, url]);
    expect(Buffer.compare(readFileSync(file), expected)).toBe(0);
  });

  it.skipIf(isMissing('wget'))('wget -c completes a broken download', async () => {
    const { file, url } = createPart('wget.mp4');
    await run('wget', ['-q', '-c', '-O', file, url]);
    expect(Buffer.compare(readFileSync(file), expected)).toBe(0);
  });

  it.skipIf(isMissing('ffmpeg'))('ffmpeg reads every frame', async () => {
    const url = edges.origin(runtime) + edges.add(H264);
    const file = join(folder, `${runtime}-whole.mp4`);
    writeFileSync(file, expected);
    const hash = async (input: string) => {
      const { stdout } = await run('ffmpeg', ['-v', 'error', '-i', input, '-c', 'copy', '-f', 'md5', '-']);
      return stdout;
    };
    expect(await hash(url)).toBe(await hash(file));
  });
});
