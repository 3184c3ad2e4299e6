import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineProject, type UserProjectConfigExport } from 'vitest/config';

// In workerd: the same behaviour, and the Cache API that Workers have.
const config: UserProjectConfigExport = defineProject({
  plugins: [cloudflareTest({ miniflare: { compatibilityDate: '2026-11-01' } })],
  test: { name: 'http-cache in workerd', include: ['test/behaviour.test.ts'] },
});

export default config;
