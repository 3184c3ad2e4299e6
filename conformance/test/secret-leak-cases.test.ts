import * as core from '@room-recordings/core';
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { SECRET_LEAK_CASES, runSecretLeakCases } from '../src/secret-leak-cases.ts';
import { findSecret } from '../src/find-secret.ts';
import { findInspectors } from '../src/inspectors.ts';
import type { CoreUnderTest } from '../src/suite.ts';

const SECRET = 'a-secret-of-the-test';
const inspectors = findInspectors();

test('the built core passes the secret leak cases, with an output for each of them', async () => {
  const results = await runSecretLeakCases(core, inspectors);
  expect(results.map(({ name }) => name)).toEqual(SECRET_LEAK_CASES);
  expect(results.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
  for (const { output } of results) expect(output).toEqual(expect.arrayContaining([expect.anything()]));
});

test('a core that sends no credentials or sends them twice fails the secret leak cases', async () => {
  const silent: CoreUnderTest = {
    ...core,
    createRecordingsClient: (options) => core.createRecordingsClient({ ...options, auth: () => '' }),
  };
  const twice: CoreUnderTest = {
    ...core,
    createRecordingsClient: ({ fetch: send = fetch, ...options } = {}) =>
      core.createRecordingsClient({
        ...options,
        fetch: async (url, init) => send(url, { ...init, body: (await options.auth?.()) ?? '' }),
      }),
  };
  const [withoutCredentials] = await runSecretLeakCases(silent, inspectors);
  const [withBody] = await runSecretLeakCases(twice, inspectors);
  expect(withoutCredentials?.detail).toMatch(/^requests\.0\.headers\.authorization: expected ".+", got ""$/);
  expect(withBody?.detail).toMatch(/^requests\.0\.body: expected nothing/);
});

test('a core that rejects with another error class fails the secret leak cases', async () => {
  const rejecting: CoreUnderTest = {
    ...core,
    createRecordingsClient: () => ({
      ...core.createRecordingsClient(),
      fetch: () => Promise.reject(new Error('No.')),
    }),
  };
  const results = await runSecretLeakCases(rejecting, inspectors);
  expect(results.slice(2).map(({ detail }) => detail)).toEqual(
    SECRET_LEAK_CASES.slice(2).map(() => 'expected an error, got Error: No.'),
  );
});

/** Values with the secret in one place that a log can contain. */
test.each<{ name: string; value: unknown }>([
  { name: 'a string', value: `Bearer ${SECRET}` },
  { name: 'a message', value: new Error(SECRET) },
  { name: 'a stack', value: Object.assign(new Error('x'), { stack: SECRET }) },
  { name: 'the cause of a cause', value: new Error('x', { cause: new Error('x', { cause: SECRET }) }) },
  { name: 'a deep property', value: { one: [{ two: { three: { four: { five: SECRET } } } }] } },
  {
    name: 'a hidden property',
    value: Object.defineProperty(new Error('x'), 'request', { value: { headers: SECRET } }),
  },
  { name: 'a symbol property', value: { [Symbol('auth')]: SECRET } },
  { name: 'the name of a property', value: { [SECRET]: true } },
  { name: 'a property of a function', value: { auth: Object.assign(() => 'x', { header: SECRET }) } },
  { name: 'the result of toJSON()', value: { toJSON: () => ({ auth: SECRET }) } },
  { name: 'the result of inspect.custom', value: { [inspect.custom]: () => SECRET } },
  { name: 'a map', value: new Map([['auth', SECRET]]) },
  { name: 'an encoded URL', value: encodeURIComponent(SECRET) },
  ...['', 'x', 'xy', 'xyz'].flatMap((user) => [
    { name: `base64 after "${user}"`, value: btoa(`${user}${SECRET}`) },
    { name: `base64 between "${user}" and other text`, value: btoa(`${user}${SECRET}:more`) },
  ]),
])('`findSecret()` finds the secret in $name', ({ value }) => {
  expect(findSecret(value, SECRET, inspectors)).toEqual(expect.any(String));
});

test('`findSecret()` returns undefined for a closure and for a value without the secret', () => {
  const options = { auth: core.basicAuth('user', SECRET), self: {} };
  options.self = options;
  expect(findSecret({ auth: options.auth }, SECRET, inspectors)).toBeUndefined();
  expect(findSecret(new Error('x', { cause: { status: 401 } }), SECRET, inspectors)).toBeUndefined();
});
