/** The parsed command line of `pnpm start`. */
export interface StartArguments {
  readonly isHelp: boolean;
  /** The folder below which the seeded archive is kept; undefined for the usual one. */
  readonly folder: string | undefined;
}

/** The text of `pnpm start --help`. */
export const USAGE = `Usage: pnpm start [--folder PATH]

Builds the edge and serves it in workerd on http://127.0.0.1:8787, with a seeded archive of its own.

  --folder PATH  keep the seeded archive in PATH/.state/local.db, by default in apps/edge
  --help         print this text

The environment sets everything else: HOST and PORT, and each variable of apps/docs/configuration.md, which
then replaces the default of local development. With RECORDINGS_SOURCE=twilio or ARCHIVE_PATH nothing is seeded.
`;

/**
 * Parses the arguments of `pnpm start`.
 *
 * @throws {Error} one line, for an argument that is unknown or incomplete.
 */
export function parseStartArguments(args: readonly string[]): StartArguments {
  const rest = [...args];
  let isHelp = false;
  let folder: string | undefined;
  for (let argument = rest.shift(); argument !== undefined; argument = rest.shift()) {
    if (argument === '--help' || argument === '-h') isHelp = true;
    else if (argument === '--folder') folder = readPath(rest.shift());
    // pnpm hands on the separator of `pnpm start -- --help`.
    else if (argument !== '--') {
      throw new Error(`The argument ${JSON.stringify(argument)} is unknown: see "pnpm start --help".`);
    }
  }
  return { isHelp, folder };
}

function readPath(path: string | undefined): string {
  if (path && !path.startsWith('-')) return path;
  throw new Error('The argument --folder needs a path: see "pnpm start --help".');
}
