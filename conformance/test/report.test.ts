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
  ['nothing', ''],
  ['a line before the document', `ready\n${JSON.stringify(report)}`],
  ['two documents', `${JSON.stringify(report)}\n${JSON.stringify(report)}`],
  ['no object', 'null'],
  ['another runtime', JSON.stringify({ ...report, runtime: 'node' })],
  ['no version', JSON.stringify({ ...report, version: undefined })],
  ['no results', JSON.stringify({ ...report, results: undefined })],
  ['a pass that tells nothing', JSON.stringify({ ...report, results: [{ name: 'one', outcome: 'passed' }] })],
  ['an outcome of its own', JSON.stringify({ ...report, results: [{ name: 'one', outcome: 'skipped' }] })],
])('a runner that prints %s is refused', (_, printed) => {
  expect(() => parseReport('bun', printed)).toThrow(TypeError);
});
