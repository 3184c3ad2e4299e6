import { inject, test } from 'vitest';
import { PROPERTIES } from '../fuzz/properties.ts';

const runs = inject('fuzzRuns');

test.each(PROPERTIES)('in workerd, $name', ({ run }) => run(runs), 60_000 + runs * 10);
