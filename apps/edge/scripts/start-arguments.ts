/** The parsed command line of `pnpm start`. */
export interface StartArguments {
  readonly isHelp: boolean;
  /** The folder of the seeded archive; undefined for the default folder. */
  readonly folder: string | undefined;
}

/** The text of `pnpm start --help`. */
export const USAGE = `Usage: pnpm start [--folder PATH]

Builds the edge and serves it in workerd on http://127.0.0.1:8787, with its own seeded archive.

  --folder PATH  keep the seeded archive in PATH/.state/local.db, by default in apps/edge
  --help         print this text

Environment variables set everything else, such as HOST and PORT. They replace the defaults of local development. The page
apps/docs/configuration.md describes each of them. With RECORDINGS_SOURCE=twilio or ARCHIVE_PATH the archive is not seeded.
`;

/**
 * Parses the arguments of `pnpm start`.
 *
 * @throws {Error} with one line, for an unknown or incomplete argument.
 */
export function parseStartArguments(args: readonly string[]): StartArguments {
  const rest = [...args];
  let isHelp = false;
  let folder: string | undefined;
  for (let argument = rest.shift(); argument !== undefined; argument = rest.shift()) {
    if (argument === '--help' || argument === '-h') isHelp = true;
    else if (argument === '--folder') folder = parsePath(rest.shift());
    // pnpm passes on the separator of `pnpm start -- --help`.
    else if (argument !== '--') {
      throw new Error(
        `The argument ${JSON.stringify(argument)} is unknown. Run "pnpm start --help" for a list.`,
      );
    }
  }
  return { isHelp, folder };
}

function parsePath(path: string | undefined): string {
  if (path && !path.startsWith('-')) return path;
  throw new Error('The argument --folder requires a path, such as --folder data.');
}
