import { hasPassed, type MatrixResult } from './evaluate.ts';

/** Formats the matrix for a terminal: rows are cases and columns are runtimes. The last line has the totals. */
export function toText(result: MatrixResult): string {
  const table = alignColumns(toCells(result)).map((line) => line.join('  ').trimEnd());
  return [table.join('\n'), result.details.join('\n'), formatTotals(result)]
    .filter((block) => block !== '')
    .join('\n\n');
}

/** Formats the matrix as a Markdown page. It has no details of the run, so that the same versions give the same page. */
export function toMarkdown(result: MatrixResult): string {
  const [head = [], ...body] = alignColumns(toCells(result, 'case').map((line) => line.map(escapeMarkdown)));
  const rule = head.map((title) => '-'.repeat(title.length));
  const table = [head, rule, ...body].map((line) => `| ${line.join(' | ')} |`);
  return [
    '# Conformance matrix',
    '`pnpm conformance` writes this page. It runs all cases on the built `@room-recordings/core` on each runtime.\n' +
      'A tick means that the case passed on this runtime, with the same output as on the others.',
    table.join('\n'),
    `${formatTotals(result)}\n`,
  ].join('\n\n');
}

function formatTotals({ passed, failed }: MatrixResult): string {
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
    (widest, line) => line.map((text, column) => Math.max(widest[column] ?? 0, text.length)),
    [],
  );
  return lines.map((line) => line.map((text, column) => text.padEnd(widths[column] ?? 0)));
}

/** A name is text, not Markdown. */
function escapeMarkdown(text: string): string {
  return text.replaceAll(/[\\`*|<[]/g, String.raw`\$&`);
}
