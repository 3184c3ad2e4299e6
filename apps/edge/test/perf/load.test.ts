import { describe, expect, it } from 'vitest';
import type { Figure } from '../../perf/load/measurement.ts';
import { measureAmplification } from '../../perf/load/scenarios/amplification.ts';
import { measureCoalescing } from '../../perf/load/scenarios/coalescing.ts';
import { measureEviction } from '../../perf/load/scenarios/eviction.ts';
import { measureInvalidation } from '../../perf/load/scenarios/invalidation.ts';
import { measureRefresh } from '../../perf/load/scenarios/refresh.ts';
import { measureStaleness } from '../../perf/load/scenarios/staleness.ts';
import { measureValidation } from '../../perf/load/scenarios/validation.ts';
import { formatFigure } from '../../perf/load/format.ts';

// What a `pnpm load` counts, on a smaller scale: the same code, and the same targets.
const FIGURES: Readonly<Record<string, () => Promise<readonly Figure[]>>> = {
  coalescing: () => measureCoalescing([1, 10, 100]),
  refresh: () => measureRefresh(3),
  eviction: measureEviction,
  staleness: () => measureStaleness(500),
  amplification: () => measureAmplification(1_000),
  invalidation: () => measureInvalidation(10),
  validation: () => measureValidation(4),
};

describe('a load', () => {
  it.each(Object.entries(FIGURES))('keeps the figures of %s', { timeout: 60_000 }, async (_name, measure) => {
    for (const figure of await measure()) {
      expect(figure.isMet, formatFigure(figure)).toBe(true);
    }
  });
});
