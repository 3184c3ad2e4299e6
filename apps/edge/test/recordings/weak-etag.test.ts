import { expect, it } from 'vitest';
import { weakEtag } from '../../src/recordings/serialize.ts';

it('makeEtag() has 32 hexadecimal digits for every body', async () => {
  const etags = await Promise.all(Array.from({ length: 64 }, (_, nth) => weakEtag(`body ${nth}`)));
  for (const etag of etags) expect(etag).toMatch(/^W\/"[\da-f]{32}"$/);
  expect(new Set(etags).size).toBe(64);
});
