import { inject, test } from 'vitest';
import { PROPERTIES } from '../hostile/properties.ts';

const runs = inject('hostileRuns');

test.each(PROPERTIES)('$name', ({ prove }) => prove(runs), 60_000 + runs * 10);
