import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { getConfigDefaults } from '@room-recordings/edge/src/config/config.ts';
import { CONFIG_VARIABLE_DOCS } from '@room-recordings/edge/src/config/variable-docs.ts';
import { PROBLEM_TYPES } from '@room-recordings/edge/src/http/error-codes.ts';

// Writes the tables of configuration variables and of error codes into their pages, between two markers. With `--check` it writes
// nothing, and fails if a page has another table. The pages contain the tables so that they can be read in the repository too.

const COMMAND = 'pnpm exec node --conditions=source apps/docs/scripts/write-tables.ts';

const TABLES = [
  { page: 'configuration.md', name: 'configuration-table', render: renderConfigurationTable },
  { page: 'errors.md', name: 'error-table', render: renderErrorTable },
];

/** Renders all configuration variables as Markdown tables, one for each group. */
function renderConfigurationTable(): string {
  const defaults = getConfigDefaults();
  const variables = Object.entries(CONFIG_VARIABLE_DOCS).map(([name, doc]) => ({
    group: doc.group,
    cells: [
      `\`${name}\``,
      `${doc.format}<br>Default: ${doc.defaultText ?? renderDefault(defaults[name])}`,
      doc.description,
    ],
  }));
  return [...Map.groupBy(variables, ({ group }) => group)]
    .map(([group, members]) => {
      const rows = members.map(({ cells }) => cells);
      return `## ${group}\n\n${renderTable(['name', 'value', 'meaning'], rows)}`;
    })
    .join('\n\n');
}

function renderDefault(value: string | undefined): string {
  return value === undefined || value === '' ? 'none' : `\`${value}\``;
}

/** Renders all error codes as one Markdown table. */
function renderErrorTable(): string {
  const rows = Object.entries(PROBLEM_TYPES).map(([code, { status, title, help, twilio }]) => [
    `\`${code}\``,
    String(status),
    twilio === undefined ? '–' : String(twilio),
    `**${title}.** ${help}`,
  ]);
  return renderTable(['`error`', 'status', '`code`', 'meaning'], rows);
}

/** Aligns the columns as the formatter does, so that both agree on the page. */
function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', String.raw`\|`)));
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const lines = cells.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)));
  const [titles = [], ...body] = lines;
  const delimiters = widths.map((width) => '-'.repeat(width));
  return [titles, delimiters, ...body].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

/** Replaces the text between `<!-- name -->` and `<!-- /name -->`. */
function insertTable(text: string, name: string, table: string): string {
  const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`The markers ${start} and ${end} are missing.`);
  return `${text.slice(0, from)}${start}\n\n${table}\n\n${text.slice(to)}`;
}

const isCheck = process.argv.includes('--check');
for (const { page, name, render } of TABLES) {
  const path = join(import.meta.dirname, '..', page);
  const text = readFileSync(path, 'utf8');
  const expected = insertTable(text, name, render());
  if (expected !== text && isCheck) {
    process.stderr.write(`apps/docs/${page}: the generated table has changed. Run \`${COMMAND}\`.\n`);
    process.exitCode = 1;
  } else if (expected !== text) {
    writeFileSync(path, expected);
  }
}
