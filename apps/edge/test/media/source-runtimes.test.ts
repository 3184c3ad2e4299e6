import { callOnRuntime, RUNTIMES } from '@room-recordings/testing/call-on-runtime';
import { expectedReport } from '@room-recordings/testing/run-cases';
import { expect, it, onTestFinished } from 'vitest';
import { startMediaServers } from './media-servers.ts';
import { runSourceCases, SOURCE_CASE_NAMES } from './source-cases.ts';

async function startServers() {
  const { addresses, stop } = await startMediaServers();
  onTestFinished(stop);
  return addresses;
}

it('the media of Twilio is read from its storage on Node', async () => {
  expect(await runSourceCases(await startServers())).toEqual(expectedReport('Node', SOURCE_CASE_NAMES));
});

it.each(RUNTIMES)(
  'the media of Twilio is read from its storage on %s as on Node',
  { timeout: 60_000 },
  async (runtime) => {
    const module = new URL('source-cases.ts', import.meta.url);
    const report = await callOnRuntime(runtime, module, runSourceCases, [await startServers()]);
    expect(report).toEqual(expectedReport(runtime, SOURCE_CASE_NAMES));
  },
);
