import { expect, test } from 'vitest';
import { parseReport } from '../src/report.ts';

const report = {
  runtime: 'bun',
  version: '1.0.0',
  results: [
    { name: 'one', outcome: 'passed', output: { recording: null } },
    { name: 'two', outcome: 'failed', detail: 'codec' },
  ],
};

test('`parseReport()` returns the printed report', () => {
  expect(parseReport('bun', `${JSON.stringify(report)}\n`)).toEqual(report);
});

test.each([
  { name: 'nothing', printed: '' },
  { name: 'a line before the document', printed: `ready\n${JSON.stringify(report)}` },
  { name: 'two documents', printed: `${JSON.stringify(report)}\n${JSON.stringify(report)}` },
  { name: 'null', printed: 'null' },
  { name: 'another runtime', printed: JSON.stringify({ ...report, runtime: 'node' }) },
  { name: 'no version', printed: JSON.stringify({ ...report, version: undefined }) },
  { name: 'no results', printed: JSON.stringify({ ...report, results: undefined }) },
  {
    name: 'a passed case without output',
    printed: JSON.stringify({ ...report, results: [{ name: 'one', outcome: 'passed' }] }),
  },
  {
    name: 'an unknown outcome',
    printed: JSON.stringify({ ...report, results: [{ name: 'one', outcome: 'skipped' }] }),
  },
])('`parseReport()` rejects $name', ({ printed }) => {
  expect(() => parseReport('bun', printed)).toThrow(TypeError);
});
