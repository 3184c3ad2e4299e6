import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';

/** The runtimes besides Node that run the cases of the tests. */
export const RUNTIMES = ['Bun', 'Deno'] as const;

const BINARIES = resolve(import.meta.dirname, '../node_modules');

/** The binaries themselves: the wrapper that npm's `deno` installs leaves Deno running after a kill. */
const COMMANDS: Readonly<
  Record<'Node' | (typeof RUNTIMES)[number], readonly [file: string, ...args: string[]]>
> = {
  Node: [process.execPath],
  Bun: [resolve(BINARIES, 'bun/bin/bun.exe')],
  Deno: [resolve(BINARIES, 'deno/deno'), 'run', '-A'],
};

/** How the runtime is started. */
interface CallOptions {
  /** Milliseconds until the runtime is killed. Default: 60,000. */
  readonly timeoutMs?: number;
  /** Variables besides those of this process. */
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * Calls a function that a module exports, in a process of a runtime.
 *
 * @param module the URL of the module that exports `exported` under its own name.
 * @param args values that JSON can hold.
 * @returns the result of the function, as JSON holds it.
 */
export async function callOnRuntime<const Args extends readonly unknown[]>(
  runtime: keyof typeof COMMANDS,
  module: URL,
  exported: (...args: Args) => unknown,
  args: Args,
  { timeoutMs = 60_000, environment = {} }: CallOptions = {},
): Promise<unknown> {
  const [file, ...options] = COMMANDS[runtime];
  const program = resolve(import.meta.dirname, 'call-export.ts');
  const { stdout } = await promisify(execFile)(
    file,
    [...options, program, module.href, exported.name, JSON.stringify(args)],
    {
      env: { ...process.env, NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1', ...environment },
      maxBuffer: 2 ** 24,
      timeout: timeoutMs,
    },
  );
  return JSON.parse(stdout);
}
