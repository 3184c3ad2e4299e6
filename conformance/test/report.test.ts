import { expect, test } from 'vitest';
import { parseReport } from '../src/report.ts';

const report = {
  runtime: 'bun',
  version: '1.0.0',
  results: [
    { name: 'one', outcome: 'passed', came: { recording: null } },
    { name: 'two', outcome: 'failed', detail: 'codec' },
  ],
};

test('a report is read as it was printed', () => {
  expect(parseReport('bun', `${JSON.stringify(report)}\n`)).toEqual(report);
});

test.each([
  { name: 'nothing', printed: '' },
  { name: 'a line before the document', printed: `ready\n${JSON.stringify(report)}` },
  { name: 'two documents', printed: `${JSON.stringify(report)}\n${JSON.stringify(report)}` },
  { name: 'no object', printed: 'null' },
  { name: 'another runtime', printed: JSON.stringify({ ...report, runtime: 'node' }) },
  { name: 'no version', printed: JSON.stringify({ ...report, version: undefined }) },
  { name: 'no results', printed: JSON.stringify({ ...report, results: undefined }) },
  {
    name: 'a pass that tells nothing',
    printed: JSON.stringify({ ...report, results: [{ name: 'one', outcome: 'passed' }] }),
  },
  {
    name: 'an outcome of its own',
    printed: JSON.stringify({ ...report, results: [{ name: 'one', outcome: 'skipped' }] }),
  },
])('a runner that prints $name is refused', ({ printed }) => {
  expect(() => parseReport('bun', printed)).toThrow(TypeError);
});
