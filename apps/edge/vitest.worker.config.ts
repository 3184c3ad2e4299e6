import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineProject, type UserProjectConfigExport } from 'vitest/config';
import { loadMigrations } from './src/archive/sqlite.ts';

const MIGRATIONS = `${import.meta.dirname}/migrations`;

// In workerd, with a separate D1 database: tests of behaviour that depends on the Worker's runtime.
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
    // By default a name from a table is cut after 40 characters in the title of its test.
    taskTitleValueFormatTruncate: 0,
    include: ['test/worker/**/*.test.ts'],
    // For lookups of unknown hosts on a machine with a slow resolver.
    testTimeout: 30_000,
    globalSetup: './test/worker/global-setup.ts',
  },
});

export default config;
