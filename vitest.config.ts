import { basename } from 'node:path';
import { defineConfig } from 'vitest/config';

const FOLDERS = [
  'packages/core',
  'packages/http-cache',
  'packages/matroska',
  'packages/testing',
  'conformance',
];

/** The projects that have no config file. */
const projects = FOLDERS.map((root) => ({
  root,
  // By default a name from a table is cut after 40 characters in the title of its test.
  test: { name: `@room-recordings/${basename(root)}`, taskTitleValueFormatTruncate: 0 },
}));

export default defineConfig({
  test: {
    projects: [...projects, 'packages/*/vitest.worker.config.ts', 'apps/*', 'apps/*/vitest.worker.config.ts'],
    coverage: {
      include: ['packages/{core,http-cache,matroska}/src/**', 'apps/*/src/**'],
      reporter: ['text-summary', 'html', 'json-summary'],
      thresholds: {
        'packages/core/src/**': { branches: 100, functions: 100, lines: 100, statements: 100 },
        'packages/http-cache/src/**': { branches: 100, functions: 100, lines: 100, statements: 100 },
        // The fallbacks of indexed reads, which the types require, are branches that do not occur.
        'packages/matroska/src/**': { branches: 85, functions: 99, lines: 98, statements: 97 },
        'apps/edge/src/**': { branches: 90 },
      },
    },
    reporters: ['default', 'json'],
    outputFile: { json: 'coverage/vitest.json' },
  },
});
