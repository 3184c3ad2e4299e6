import type { Figure } from './measurement.ts';

/** A figure as lines of text: what it is, what was to be, what was measured, and how. */
export function formatFigure({ name, target, measured, isMet, runtime, method }: Figure): string {
  return [
    `${isMet ? ' ok ' : 'NOT '} ${name}`,
    `       target    ${target}`,
    `       measured  ${measured}`,
    `       how       ${runtime}; ${method}`,
  ].join('\n');
}

const HEADINGS = ['figure', 'target', 'measured', ''] as const;
const LONGEST_CELL = 60;

/** All figures as a table, one line each; what does not fit is told above it. */
export function formatTable(figures: readonly Figure[]): string {
  const rows = figures.map(({ name, target, measured, isMet }) => [
    shorten(name),
    shorten(target),
    shorten(measured),
    isMet ? 'ok' : 'NOT',
  ]);
  const all = [[...HEADINGS], ...rows];
  const widths = HEADINGS.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const lines = all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  lines.splice(
    1,
    0,
    widths
      .map((width) => '-'.repeat(width))
      .join('  ')
      .trimEnd(),
  );
  return lines.join('\n');
}

function shorten(text: string): string {
  return text.length <= LONGEST_CELL ? text : `${text.slice(0, LONGEST_CELL - 1)}…`;
}
