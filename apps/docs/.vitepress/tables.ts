import { getConfigDefaults } from '@room-recordings/edge/src/config/config.ts';
import { CONFIG_VARIABLE_DOCS } from '@room-recordings/edge/src/config/variable-docs.ts';
import { PROBLEM_TYPES } from '@room-recordings/edge/src/http/error-codes.ts';

/** Renders all configuration variables as Markdown tables, one for each group. */
export function renderConfigurationTable(): string {
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
      return [`## ${group}`, '', ...renderTable(['name', 'value', 'meaning'], rows)].join('\n');
    })
    .join('\n\n');
}

function renderDefault(value: string | undefined): string {
  return value === undefined || value === '' ? 'none' : `\`${value}\``;
}

/** Renders all error codes as one Markdown table. */
export function renderErrorTable(): string {
  const rows = Object.entries(PROBLEM_TYPES).map(([code, { status, title, help, twilio }]) => [
    `\`${code}\``,
    String(status),
    twilio === undefined ? '–' : String(twilio),
    `**${title}.** ${help}`,
  ]);
  return renderTable(['`error`', 'status', '`code`', 'meaning'], rows).join('\n');
}

function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  return [head, head.map(() => '---'), ...rows].map(
    (cells) => `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`,
  );
}
