import { expect, it } from 'vitest';
import { createWebmFile, readHead } from '../src/index.ts';
import { createRead, describeFile, readWhole } from './playable.ts';
import { loadSample } from './sample-files.ts';

it.each([{ name: 'opus-gst-live.mka' }, { name: 'opus-gst-late.mka' }])(
  'the made Cues of $name have a point in half a second, although no frame has the flag of a key frame',
  async ({ name }) => {
    const bytes = loadSample(name);
    const { head, index } = await describeFile(bytes);
    const made = await readWhole(createWebmFile(head, index), bytes);
    const { cuePoints } = await readHead(createRead(made), made.length);
    const times = cuePoints.map(({ timestamp }) => timestamp);
    expect(times.length).toBe(new Set(times).size);
    expect(times.length).toBeGreaterThan(index.duration * 1.5);
  },
);
