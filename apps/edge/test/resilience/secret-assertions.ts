import { equal, holds } from '@room-recordings/testing/cases';
import { AUTHORIZATION, READER, SECRETS } from './credentials.ts';
import type { World } from './fault-harness.ts';

/** What a call may say of itself: the edge's own fields, and those that the runtimes' fetch adds. */
const FIELDS_OF_A_CALL: ReadonlySet<string> = new Set([
  'accept',
  'authorization',
  'host',
  'connection',
  'user-agent',
  'accept-encoding',
  'accept-language',
  'sec-fetch-mode',
  // Which zone a Worker is of.
  'cf-worker',
]);

/**
 * Expects that nothing secret left, in an answer or in the log, whatever the fake Twilio echoed; and that each call had the
 * configured credentials and nothing of the reader's.
 */
export async function expectNothingSecret(world: World): Promise<void> {
  const said = world.answers.map(({ reason, headers, text }) => [reason, [...headers], text]);
  const left = JSON.stringify([world.lines, said]);
  for (const secret of SECRETS) holds(!left.includes(secret), 'nothing secret leaves', left);
  for (const { line, headers } of await world.callLog()) {
    const named = headers.map((field) => {
      const [name = '', ...value] = field.split(': ');
      return [name.toLowerCase(), value.join(': ')] as const;
    });
    const credentials = named.filter(([name]) => name === 'authorization').map(([, value]) => value);
    equal(credentials, [AUTHORIZATION], `Authorization of ${line}`);
    const others = named.filter(([name]) => !FIELDS_OF_A_CALL.has(name));
    equal(others, [], `other fields of ${line}`);
    const isClean = !JSON.stringify([line, headers]).includes(READER);
    holds(isClean, 'nothing of the reader goes on', [line, headers]);
  }
}
