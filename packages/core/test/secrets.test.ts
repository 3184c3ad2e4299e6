import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { basicAuth, bearerAuth } from '../src/http/auth.ts';
import { createRecordingsClient } from '../src/client.ts';
import type { FetchLike } from '../src/http/fetch.ts';
import { asked, example } from './example.ts';

const PASSWORD = 'p4ssw0rd';
const TOKEN = 't0k3n';
const SECRETS = [PASSWORD, btoa(`user:${PASSWORD}`), TOKEN];

const AUTHS = [
  ['basicAuth', basicAuth('user', PASSWORD)],
  ['bearerAuth', bearerAuth(TOKEN)],
] as const;

/** Everything that a logger could make of a value. */
function printed(value: unknown): string {
  return [inspect(value, { depth: Infinity, showHidden: true }), JSON.stringify(value), String(value)].join(
    '\n',
  );
}

/** The error of a read with these credentials, after making sure that they were sent. */
async function failureOf(auth: () => string, answer: FetchLike): Promise<unknown> {
  let sent: unknown;
  const recordings = createRecordingsClient({
    auth,
    retries: 0,
    fetch(url, init) {
      sent = init.headers;
      return answer(url, init);
    },
  });
  const error: unknown = await recordings.fetch(asked.roomSid, asked.sid).catch((fault: unknown) => fault);
  expect(sent).toMatchObject({ Authorization: auth() });
  expect(error).toMatchObject({ name: 'RecordingsError' });
  return error;
}

describe.each(AUTHS)('%s', (_name, auth) => {
  it('prints no secret', () => {
    for (const secret of SECRETS) expect(printed(auth)).not.toContain(secret);
  });

  it('prints no secret as an option, nor does the client made with it', () => {
    const options = { auth, baseUrl: 'https://edge.example.com' };
    for (const secret of SECRETS) {
      expect(printed(options)).not.toContain(secret);
      expect(printed(createRecordingsClient(options))).not.toContain(secret);
    }
  });

  it.each<[string, FetchLike]>([
    ['an answer of 401', async () => new Response(null, { status: 401 })],
    ['an answer of 500', async () => Response.json({ message: 'no' }, { status: 500 })],
    ['an answer that is no recording', async () => Response.json({ ...example, status: 'gone' })],
    [
      'an answer about another recording',
      async () => Response.json({ ...example, sid: `RT${'b'.repeat(32)}` }),
    ],
    ['a network that fails', () => Promise.reject(new TypeError('fetch failed'))],
  ])('prints no secret in the error of %s', async (_what, answer) => {
    const error = await failureOf(auth, answer);
    for (const secret of SECRETS) expect(printed(error)).not.toContain(secret);
  });
});

describe('a baseUrl with credentials', () => {
  it('is not repeated in the error that refuses it', () => {
    let error: unknown;
    try {
      createRecordingsClient({ baseUrl: `https://user:${PASSWORD}@video.twilio.com` });
    } catch (fault) {
      error = fault;
    }
    expect(error).toMatchObject({ code: 'invalid_request' });
    expect(printed(error)).not.toContain(PASSWORD);
  });
});

describe('an Authorization that no header may hold', () => {
  it.each(AUTHS)('of %s is not repeated in the error that refuses it', async (_name, auth) => {
    const recordings = createRecordingsClient({ auth: () => `${auth()}\n` });
    const error: unknown = await recordings.fetch(asked.roomSid, asked.sid).catch((fault: unknown) => fault);
    expect(error).toMatchObject({ code: 'invalid_request' });
    for (const secret of SECRETS) expect(printed(error)).not.toContain(secret);
  });
});
