import { expect, it } from 'vitest';
import { matchRoute } from '../../src/routes/router.ts';
import { twilioSource } from '../../src/twilio/twilio-source.ts';
import { PATH, RECORDING } from '../support/recording.ts';

const ACCOUNT = `AC${'a'.repeat(32)}`;

/** Reads a recording of that account from a Twilio whose account is known. */
async function readOf(account: string | null, accountSid: string | undefined) {
  const route = matchRoute(PATH);
  if (route?.name !== 'recording' || route.id === undefined) throw new Error('The path names no recording.');
  const settings = { baseUrl: 'https://video.twilio.com', auth: () => 'Basic x', accountSid };
  const answer = { ...RECORDING, account_sid: account, codec: 'opus' };
  return twilioSource(settings, () => Promise.resolve(Response.json(answer))).read(route.id);
}

it.each([
  { account: ACCOUNT, accountSid: ACCOUNT },
  { account: ACCOUNT, accountSid: undefined },
  { account: null, accountSid: ACCOUNT },
])('twilioSource() takes a recording of $account if the account is $accountSid', async (row) => {
  expect(await readOf(row.account, row.accountSid)).toMatchObject({ account_sid: row.account });
});

it('twilioSource() rejects a recording of another account', async () => {
  await expect(readOf(`AC${'b'.repeat(32)}`, ACCOUNT)).rejects.toMatchObject({ code: 'mismatch' });
});
