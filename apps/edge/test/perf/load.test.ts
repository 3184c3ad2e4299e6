import { describe, expect, it } from 'vitest';
import type { Measurement } from '../../perf/load/measurement.ts';
import { measureAmplification } from '../../perf/load/scenarios/amplification.ts';
import { measureCoalescing } from '../../perf/load/scenarios/coalescing.ts';
import { measureEviction } from '../../perf/load/scenarios/eviction.ts';
import { measureInvalidation } from '../../perf/load/scenarios/invalidation.ts';
import { measureRefresh } from '../../perf/load/scenarios/refresh.ts';
import { measureStaleness } from '../../perf/load/scenarios/staleness.ts';
import { measureValidation } from '../../perf/load/scenarios/validation.ts';
import { formatMeasurement } from '../../perf/load/format.ts';

// The counting scenarios of `pnpm load` with smaller sizes, and with the same code and targets.
const SCENARIOS: Readonly<Record<string, () => Promise<readonly Measurement[]>>> = {
  coalescing: () => measureCoalescing([1, 10, 100]),
  refresh: () => measureRefresh(3),
  eviction: measureEviction,
  staleness: () => measureStaleness(500),
  amplification: () => measureAmplification(1_000),
  invalidation: () => measureInvalidation(10),
  validation: () => measureValidation(4),
};

const CASES = Object.entries(SCENARIOS).map(([name, measure]) => ({ name, measure }));

describe('the edge under load', () => {
  it.each(CASES)('meets the targets of the scenario $name', { timeout: 60_000 }, async ({ measure }) => {
    for (const measurement of await measure()) {
      expect(measurement.isMet, formatMeasurement(measurement)).toBe(true);
    }
  });
});
