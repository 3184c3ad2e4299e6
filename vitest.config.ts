import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      'packages/*',
      'packages/*/vitest.worker.config.ts',
      'conformance',
      'apps/*',
      'apps/*/vitest.worker.config.ts',
    ],
    coverage: {
      include: ['packages/{core,http-cache}/src/**', 'apps/*/src/**'],
      reporter: ['text-summary', 'html', 'json-summary'],
      thresholds: {
        'packages/core/src/**': { branches: 100, functions: 100, lines: 100, statements: 100 },
        'packages/http-cache/src/**': { branches: 100, functions: 100, lines: 100, statements: 100 },
        'apps/edge/src/**': { branches: 90 },
      },
    },
    reporters: ['default', 'json'],
    outputFile: { json: 'coverage/vitest.json' },
  },
});
