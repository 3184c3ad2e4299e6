import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { edgeWith } from '../edge.ts';
import { judge } from './asking.ts';
import { jwt, JWT_ACCESS, makeKey } from './tokens.ts';

const key = await makeKey('RS256', 'rsa');
const keySet = JSON.stringify({ keys: [key.jwk] });
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** Listens on a port of the system's choice, and gives the origin. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return `http://127.0.0.1:${address.port}`;
}

// The runtime's own fetch, and the system's clock.
const edgeOf = (url: string) => edgeWith(undefined, { ...JWT_ACCESS, JWT_JWKS_URL: url });

it('fetches the keys over a real connection', async () => {
  const origin = await serve((_, answer) => answer.end(keySet));
  expect(await judge(edgeOf(`${origin}/jwks`), await jwt(key))).toBe('200');
});

it.each([301, 302, 303, 307, 308])(
  'S52: follows no redirect of %i, although good keys are behind it',
  async (status) => {
    let followed = 0;
    const target = await serve((_, answer) => {
      followed += 1;
      answer.end(keySet);
    });
    const origin = await serve((_, answer) =>
      answer.writeHead(status, { location: `${target}/jwks` }).end(keySet),
    );
    expect(await judge(edgeOf(`${origin}/jwks`), await jwt(key))).toBe('503 auth_unavailable');
    expect(followed).toBe(0);
  },
);

it('S52: leaves a body that has no end', async () => {
  let isLeft = false;
  const origin = await serve((_, answer) => {
    const write = () => {
      while (answer.write(' '.repeat(65_536)));
      answer.once('drain', write);
    };
    answer.on('close', () => (isLeft = true));
    write();
  });
  expect(await judge(edgeOf(origin), await jwt(key))).toBe('503 auth_unavailable');
  await expect.poll(() => isLeft).toBe(true);
});

it('S52: takes a connection that breaks off for no answer', async () => {
  const origin = await serve((_, answer) => {
    answer.writeHead(200, { 'content-length': String(keySet.length) });
    answer.write(keySet.slice(0, 20), () => answer.destroy());
  });
  expect(await judge(edgeOf(origin), await jwt(key))).toBe('503 auth_unavailable');
});
