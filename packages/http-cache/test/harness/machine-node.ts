import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** The machine's own Node, which may be as old as Node 20: the scripts put a newer one first on the path. */
export function findMachineNode(): string {
  const folders = (process.env['PATH'] ?? '').split(':').filter((folder) => !folder.includes('node_modules'));
  for (const folder of folders) {
    try {
      execFileSync(join(folder, 'node'), ['--version']);
      return join(folder, 'node');
    } catch {
      // There is none here.
    }
  }
  return process.execPath;
}
