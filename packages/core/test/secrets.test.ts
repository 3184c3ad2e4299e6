import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { basicAuth, bearerAuth } from '../src/http/auth.ts';
import { createRecordingsClient } from '../src/client.ts';
import type { FetchLike } from '../src/http/fetch.ts';
import { requested, example } from './example.ts';

const PASSWORD = 'p4ssw0rd';
const TOKEN = 't0k3n';
const SECRETS = [PASSWORD, btoa(`user:${PASSWORD}`), TOKEN];

const AUTHS = [
  { name: 'basicAuth', auth: basicAuth('user', PASSWORD) },
  { name: 'bearerAuth', auth: bearerAuth(TOKEN) },
] as const;

/** Formats a value in all ways in which loggers do. */
function formatAll(value: unknown): string {
  return [inspect(value, { depth: Infinity, showHidden: true }), JSON.stringify(value), String(value)].join(
    '\n',
  );
}

/** Returns the error of a read, and checks that the credentials were sent. */
async function readError(auth: () => string, send: FetchLike): Promise<unknown> {
  let sent: unknown;
  const recordings = createRecordingsClient({
    auth,
    retries: 0,
    fetch(url, init) {
      sent = init.headers;
      return send(url, init);
    },
  });
  const error: unknown = await recordings
    .fetch(requested.roomSid, requested.sid)
    .catch((error: unknown) => error);
  expect(sent).toMatchObject({ Authorization: auth() });
  expect(error).toMatchObject({ name: 'RecordingsError' });
  return error;
}

describe.each(AUTHS)('`$name()`', ({ auth }) => {
  it('does not print a secret', () => {
    for (const secret of SECRETS) expect(formatAll(auth)).not.toContain(secret);
  });

  it('does not print a secret as an option or in a client', () => {
    const options = { auth, baseUrl: 'https://edge.example.com' };
    for (const secret of SECRETS) {
      expect(formatAll(options)).not.toContain(secret);
      expect(formatAll(createRecordingsClient(options))).not.toContain(secret);
    }
  });

  it.each([
    { name: 'a 401', send: async () => new Response(null, { status: 401 }) },
    { name: 'a 500', send: async () => Response.json({ message: 'no' }, { status: 500 }) },
    {
      name: 'a response that is not a recording',
      send: async () => Response.json({ ...example, status: 'gone' }),
    },
    {
      name: 'a response about another recording',
      send: async () => Response.json({ ...example, sid: `RT${'b'.repeat(32)}` }),
    },
    { name: 'a network error', send: () => Promise.reject(new TypeError('fetch failed')) },
  ])('does not print a secret in the error of $name', async ({ send }) => {
    const error = await readError(auth, send);
    for (const secret of SECRETS) expect(formatAll(error)).not.toContain(secret);
  });
});

describe('a baseUrl with credentials', () => {
  it('is not repeated in the error that rejects it', () => {
    let error: unknown;
    try {
      createRecordingsClient({ baseUrl: `https://user:${PASSWORD}@video.twilio.com` });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code: 'invalid_request' });
    expect(formatAll(error)).not.toContain(PASSWORD);
  });
});

describe('a value of `auth` that a header cannot contain', () => {
  it.each(AUTHS)('is not repeated in the error that rejects it, with $name', async ({ auth }) => {
    const recordings = createRecordingsClient({ auth: () => `${auth()}\n` });
    const error: unknown = await recordings
      .fetch(requested.roomSid, requested.sid)
      .catch((error: unknown) => error);
    expect(error).toMatchObject({ code: 'invalid_request' });
    for (const secret of SECRETS) expect(formatAll(error)).not.toContain(secret);
  });
});
