import type { Migration } from '../../src/archive/database.ts';
import type * as Entry from '../../src/entrypoints/cloudflare.ts';

declare global {
  namespace Cloudflare {
    /** What wrangler.jsonc and the tests' configuration bind. */
    interface Env {
      readonly [name: string]: unknown;
      readonly DB: D1Database;
      readonly TWO_A_MINUTE: RateLimit;
      readonly MIGRATIONS: readonly Migration[];
    }

    interface GlobalProps {
      mainModule: typeof Entry;
    }
  }
}
