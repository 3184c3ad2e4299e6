import { defineProject, type UserProjectConfigExport } from 'vitest/config';

// In Node: all tests that do not need workerd. Some of them start processes.
const config: UserProjectConfigExport = defineProject({
  ssr: { resolve: { conditions: ['source', 'module', 'node', 'development|production'] } },
  test: {
    name: 'edge',
    // By default a name from a table is cut after 40 characters in the title of its test.
    taskTitleValueFormatTruncate: 0,
    include: ['test/**/*.test.ts'],
    exclude: ['test/worker/**'],
    // For the tests that start several processes on a busy machine.
    testTimeout: 30_000,
  },
});

export default config;
