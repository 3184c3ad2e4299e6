import { describe, expect, it } from 'vitest';
import type { Figure } from '../load/figure.ts';
import { measureAmplification } from '../load/figures/amplification.ts';
import { measureCoalescing } from '../load/figures/coalescing.ts';
import { measureEviction } from '../load/figures/eviction.ts';
import { measureInvalidation } from '../load/figures/invalidation.ts';
import { measureRefresh } from '../load/figures/refresh.ts';
import { measureStaleness } from '../load/figures/staleness.ts';
import { measureValidation } from '../load/figures/validation.ts';
import { formatFigure } from '../load/table.ts';

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
