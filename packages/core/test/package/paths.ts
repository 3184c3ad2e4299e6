import { fileURLToPath } from 'node:url';

/** The folder of core. */
export const CORE: string = at('../..');

/** The root folder of the project. */
export const ROOT: string = at('../../../..');

/** Resolves a path that is relative to this folder. */
export function at(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}
