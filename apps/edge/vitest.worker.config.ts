import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { loadMigrations } from './src/archive/load-migrations.ts';
import { defineProject, type UserProjectConfigExport } from 'vitest/config';

const MIGRATIONS = `${import.meta.dirname}/migrations`;

// In workerd, with a D1 database of its own: what only the Worker's runtime can show.
const config: UserProjectConfigExport = defineProject({
  plugins: [
    cloudflareTest({
      main: './src/entrypoints/cloudflare.ts',
      wrangler: { configPath: './wrangler.jsonc', environment: 'archive' },
      miniflare: {
        ratelimits: { TWO_A_MINUTE: { namespace_id: '1', simple: { limit: 2, period: 60 } } },
        bindings: {
          ACCESS: 'public',
          PUBLIC_URL: '',
          ALLOWED_ORIGINS: '*',
          LOG_LEVEL: 'silent',
          MIGRATIONS: loadMigrations(MIGRATIONS).map((migration) => ({ ...migration })),
        },
      },
    }),
  ],
  resolve: { conditions: ['source'] },
  test: {
    name: 'edge in workerd',
    include: ['test/worker/**/*.test.ts'],
    // For names that nobody knows, on a machine whose resolver takes its time.
    testTimeout: 30_000,
    globalSetup: './test/worker/surroundings.ts',
  },
});

export default config;
