import { expectedReport } from '@room-recordings/testing/run-cases';
import { expect, inject, it } from 'vitest';
import { runSourceCases, SOURCE_CASE_NAMES } from '../media/source-cases.ts';

it('the media of Twilio is read from its storage in workerd as on Node', async () => {
  expect(await runSourceCases(inject('mediaServers'))).toEqual(expectedReport('workerd', SOURCE_CASE_NAMES));
});
