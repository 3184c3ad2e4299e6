import { vi } from 'vitest';
import type { Migration } from '../../src/archive/database.ts';
import type * as Entry from '../../src/entrypoints/cloudflare.ts';

declare global {
  namespace Cloudflare {
    /** The bindings of wrangler.jsonc and of vitest.worker.config.ts. */
    interface Env {
      readonly [name: string]: unknown;
      readonly DB: D1Database;
      readonly MEDIA_BUCKET: R2Bucket;
      readonly TWO_A_MINUTE: RateLimit;
      readonly MIGRATIONS: readonly Migration[];
    }

    interface GlobalProps {
      mainModule: typeof Entry;
    }
  }
}

/** Imports the Worker as a new module, as a new isolate does. */
export async function importFreshWorker(): Promise<typeof Entry.default> {
  vi.resetModules();
  const entry: typeof Entry = await import('../../src/entrypoints/cloudflare.ts');
  return entry.default;
}
