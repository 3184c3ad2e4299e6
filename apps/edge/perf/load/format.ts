import type { Measurement } from './measurement.ts';

/** Formats a measurement as lines of text: its name, its target, the result and the method. */
export function formatMeasurement({ name, target, measured, isMet, runtime, method }: Measurement): string {
  return [
    `${isMet ? ' ok ' : 'NOT '} ${name}`,
    `       target    ${target}`,
    `       measured  ${measured}`,
    `       how       ${runtime}; ${method}`,
  ].join('\n');
}

const HEADINGS = ['measurement', 'target', 'measured', ''] as const;
const MAX_CELL_LENGTH = 60;

/** Formats all measurements as a table with one line each. Long cells are shortened. */
export function formatTable(measurements: readonly Measurement[]): string {
  const rows = measurements.map(({ name, target, measured, isMet }) => [
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
  return text.length <= MAX_CELL_LENGTH ? text : `${text.slice(0, MAX_CELL_LENGTH - 1)}…`;
}
