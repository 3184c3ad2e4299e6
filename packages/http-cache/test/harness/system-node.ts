import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** Returns the Node of the machine, which may be as old as Node 20: package scripts put a newer one first on the path. */
export function findSystemNode(): string {
  const folders = (process.env['PATH'] ?? '').split(':').filter((folder) => !folder.includes('node_modules'));
  for (const folder of folders) {
    try {
      execFileSync(join(folder, 'node'), ['--version']);
      return join(folder, 'node');
    } catch {
      // This folder does not contain Node.
    }
  }
  return process.execPath;
}
