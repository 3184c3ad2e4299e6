import { vi } from 'vitest';
import type * as Entry from '../../src/entrypoints/cloudflare.ts';

/** The Worker as an isolate starts it: a module of its own. */
export async function freshWorker(): Promise<typeof Entry.default> {
  vi.resetModules();
  const entry: typeof Entry = await import('../../src/entrypoints/cloudflare.ts');
  return entry.default;
}
