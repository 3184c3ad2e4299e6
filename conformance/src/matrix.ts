import { hasPassed, type MatrixResult } from './evaluate.ts';

/** The matrix for a terminal: rows are cases, columns are runtimes; its last line is the sum. */
export function toText(verdict: MatrixResult): string {
  const table = alignColumns(toCells(verdict)).map((line) => line.join('  ').trimEnd());
  return [table.join('\n'), verdict.details.join('\n'), toSum(verdict)]
    .filter((block) => block !== '')
    .join('\n\n');
}

/** The matrix as a Markdown page, which says nothing of the run: the same versions make the same page. */
export function toMarkdown(verdict: MatrixResult): string {
  const [head = [], ...body] = alignColumns(toCells(verdict, 'case').map((line) => line.map(escapeMarkdown)));
  const rule = head.map((title) => '-'.repeat(title.length));
  const table = [head, rule, ...body].map((line) => `| ${line.join(' | ')} |`);
  return [
    '# What runs where',
    'Written by `pnpm conformance`, which plays every case through the built `@room-recordings/core` on\n' +
      'each runtime: a tick says that this runtime does this, and that what came out is the same as on the others.',
    table.join('\n'),
    `${toSum(verdict)}\n`,
  ].join('\n\n');
}

function toSum({ passed, failed }: MatrixResult): string {
  return `${passed} passed, ${failed} failed`;
}

type Lines = readonly (readonly string[])[];

function toCells({ titles, rows }: MatrixResult, corner = ''): Lines {
  const lines = rows.map(({ name, cells }) =>
    [name].concat(cells.map((cell) => (hasPassed(cell) ? '✓' : '✗'))),
  );
  return [[corner, ...titles], ...lines];
}

function alignColumns(lines: Lines): Lines {
  const widths = lines.reduce<readonly number[]>(
    (known, line) => line.map((text, column) => Math.max(known[column] ?? 0, text.length)),
    [],
  );
  return lines.map((line) => line.map((text, column) => text.padEnd(widths[column] ?? 0)));
}

/** A name is a sentence, not markup. */
function escapeMarkdown(text: string): string {
  return text.replaceAll(/[\\`*|<[]/g, String.raw`\$&`);
}
