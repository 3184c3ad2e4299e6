import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parseReport, type Runtime } from './report.ts';
import type { RuntimeRun } from './evaluate.ts';

const FOLDER = new URL('../', import.meta.url);
const LONGEST_RUN_MS = 60_000;

type Command = readonly [file: string, ...args: string[]];

/** The binaries themselves: the wrapper that npm's deno installs leaves Deno running when it is ended. */
const COMMANDS: Readonly<Record<Runtime, Command>> = {
  node: [process.execPath],
  bun: [fileURLToPath(new URL('node_modules/bun/bin/bun.exe', FOLDER))],
  deno: [fileURLToPath(new URL('node_modules/deno/deno', FOLDER)), 'run', '-A'],
};

/** Runs the suite on a runtime of its own; a runner that fails, hangs or prints something else is a fault. */
export async function runInRuntime(
  runtime: Runtime,
  command: Command = COMMANDS[runtime],
): Promise<RuntimeRun> {
  const [file, ...args] = command;
  const runner = fileURLToPath(new URL(`src/runners/${runtime}.ts`, FOLDER));
  try {
    const { stdout } = await promisify(execFile)(file, [...args, runner], {
      cwd: fileURLToPath(FOLDER),
      env: { ...process.env, NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1' },
      timeout: LONGEST_RUN_MS,
    });
    return parseReport(runtime, stdout);
  } catch (fault) {
    return { runtime, fault: tell(fault) };
  }
}

function tell(fault: unknown): string {
  if (!(fault instanceof Error)) return String(fault);
  const wasEnded = 'killed' in fault && fault.killed === true;
  return wasEnded ? `It did not end within ${LONGEST_RUN_MS / 1000} seconds.` : fault.message.trim();
}
