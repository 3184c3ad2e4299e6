import { fileURLToPath } from 'node:url';

/** The folder of core. */
export const CORE: string = at('../..');

/** The folder of the whole project. */
export const ROOT: string = at('../../../..');

/** The path of a file or folder, from this folder. */
export function at(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}
