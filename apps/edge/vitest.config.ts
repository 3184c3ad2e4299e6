import { defineProject, type UserProjectConfigExport } from 'vitest/config';

// In Node: everything that does not need workerd around it, and the processes that the tests start.
const config: UserProjectConfigExport = defineProject({
  ssr: { resolve: { conditions: ['source', 'module', 'node', 'development|production'] } },
  test: {
    name: 'edge',
    include: ['test/**/*.test.ts'],
    exclude: ['test/worker/**'],
    // For the tests that start processes, several of them, on a machine that has other work.
    testTimeout: 30_000,
  },
});

export default config;
