import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineProject, type UserProjectConfigExport } from 'vitest/config';

// In workerd: the same behaviour, the Cache API that Workers have, and its fetch over a socket.
const config: UserProjectConfigExport = defineProject({
  plugins: [cloudflareTest({ miniflare: { compatibilityDate: '2026-11-01' } })],
  test: {
    name: 'http-cache in workerd',
    // By default a name from a table is cut after 40 characters in the title of its test.
    taskTitleValueFormatTruncate: 0,
    include: ['test/behaviour.test.ts', 'test/wire/workerd.ts'],
    globalSetup: 'test/wire/global-setup.ts',
  },
});

export default config;
