// Plays every sample of media through the edge in every browser of this machine, and writes the table of the page browser-matrix.md.
// `node --conditions=source perf/browser-matrix.ts` in apps/edge.
import { MEDIA_SAMPLES, type MediaSample } from '@room-recordings/testing/media-samples';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { MEDIA_BROWSERS, startPage, type MediaBrowserType } from '../test/browser/media-browsers.ts';
import { findDeviations } from '@room-recordings/testing/playback-deviations';
import { startSampleEdge } from '../test/browser/sample-edge.ts';

const PAGE = join(import.meta.dirname, '../../docs/browser-matrix.md');
/** So many samples are played at the same time. */
const CONCURRENCY = 4;

/** A representation of a sample: the default one, or `?format=matroska`. */
interface Representation {
  readonly sample: MediaSample;
  readonly asMatroska: boolean;
}

/** A representation that a browser has played. */
interface Cell extends Representation {
  readonly deviations: readonly string[];
}

/** A column of the table. */
interface Column {
  readonly title: string;
  readonly cells: readonly Cell[];
}

/** All representations. Only H264 has two that a browser plays. */
const REPRESENTATIONS: readonly Representation[] = MEDIA_SAMPLES.flatMap((sample) =>
  (sample.track.startsWith('H264') ? [false, true] : [false]).map((asMatroska) => ({ sample, asMatroska })),
);

/** Plays all representations in a browser, some at the same time. */
async function playAll(type: MediaBrowserType): Promise<Column> {
  const [edge, page] = await Promise.all([startSampleEdge(), startPage()]);
  const browser = await type.start(page.url);
  const cells: Cell[] = [];
  const waiting = REPRESENTATIONS.filter(({ asMatroska }) => !asMatroska || type.playsMatroska);
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { sample, asMatroska } = next;
      const url = `${edge.add(sample)}${asMatroska ? '?format=matroska' : ''}`;
      const deviations = await findDeviations(browser, sample.track, url);
      cells.push({ ...next, deviations });
      const title = `${type.name}, ${formatRow(next)}, ${sample.start} s`;
      if (deviations.length > 0) process.stderr.write(`${title}: ${deviations.join(' ')}\n`);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  await Promise.all([browser.close(), edge.stop()]);
  page.stop();
  return { title: `${type.name} (${browser.version})`, cells };
}

/** Formats the cells of a row on the left. Rows differ in them, and the samples of one row in their start only. */
function formatRow({ sample: { track, form }, asMatroska }: Representation): string {
  const type = track.startsWith('H264') ? 'MP4' : track.startsWith('PCMU') ? 'WAV' : 'WebM';
  return `${track} | ${asMatroska ? '`?format=matroska`' : type} | ${form}`;
}

/** Formats the starts that a browser plays, and those that it does not play. */
function formatResult(cells: readonly Cell[]): string {
  const formatStarts = (plays: boolean) =>
    cells
      .filter(({ deviations }) => plays === (deviations.length === 0))
      .map(({ sample: { start } }) => start)
      .toSorted((a, b) => a - b)
      .map((start) => (start === 3_600 ? '1 h' : `${start} s`))
      .join(', ');
  const [played, failed] = [formatStarts(true), formatStarts(false)];
  return [played, failed && `**not ${failed}**`].filter((text) => text !== '').join('; ') || '–';
}

function formatTable(columns: readonly Column[]): string {
  const rows = [...new Set(REPRESENTATIONS.map(formatRow))].map((row) => [
    ...row.split(' | '),
    ...columns.map(({ cells }) => formatResult(cells.filter((cell) => formatRow(cell) === row))),
  ]);
  const head = ['track', 'response', 'file', ...columns.map(({ title }) => title)];
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  return [head, widths.map((width) => '-'.repeat(width)), ...rows]
    .map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`)
    .join('\n');
}

const INTRODUCTION = `# Media in browsers

This table is the result of \`node --conditions=source perf/browser-matrix.ts\` in \`apps/edge\`. GStreamer wrote each file, as for Twilio, with a length of 6 s.
The bucket sends the files as \`application/octet-stream\` and without CORS. The page of another origin requests them from the edge.

A cell lists the first timestamps of the files that the browser plays. Such a file has these properties in the browser:

- The duration is 6 s, within 50 ms.
- The first frame is the frame at 0 s.
- Each of three seeks presents the right frame, within one frame, or the right sound, within 60 ms.
- Playback through a gap of 2 s stays in time.
- The event \`ended\` follows a seek to 0.5 s before the end.

\`?format=matroska\` keeps the recorded file. If that file has no Cues or no Duration, a seek into a gap presents the frame after the gap.

A track with "sizes" changes its picture size twice, and a track with "gap" has a pause of 2 s. A finished file has Cues and a Duration, a
streamable file has neither, and the third kind has Cues only. A cell with "not" also lists the files that do not play.

Firefox before version 145 does not support Matroska, like the Firefox without Matroska (\`media.mkv.enabled=false\`).`;

const columns: Column[] = [];
for (const type of MEDIA_BROWSERS) if (type.isInstalled) columns.push(await playAll(type));
writeFileSync(PAGE, `${INTRODUCTION}\n\n${formatTable(columns)}\n`);
const failures = columns.flatMap(({ cells }) => cells.filter(({ deviations }) => deviations.length > 0));
process.stdout.write(
  `${columns.length} browsers, ${failures.length} failures: apps/docs/browser-matrix.md\n`,
);
if (failures.length > 0) process.exitCode = 1;
