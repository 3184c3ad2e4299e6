import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { findFreePort, getLocalCommand, getStartCommand, runToExit, start } from './edge-process.ts';

const SECRET = 'canary-5f3e';
const MISSPELT = { ALLOWED_ORIGIN: `https://${SECRET}.example.com`, TWILIO_PHONE_NUMBER: SECRET };
const WARNING =
  'The variable ALLOWED_ORIGIN is not a setting and has no effect. Did you mean ALLOWED_ORIGINS?\n';

const folder = mkdtempSync(join(tmpdir(), 'misspelt-'));

afterAll(() => rmSync(folder, { recursive: true }));

it.each(['start:node', 'start:bun', 'start:deno', 'start:workerd'] as const)(
  '%s starts and warns about a misspelt setting without its value',
  async (script) => {
    const environment = { ...MISSPELT, PORT: String(await findFreePort()), DENO_DIR: join(folder, 'deno') };
    const server = await start(getStartCommand(script), environment, 'listening on');
    expect(await server.stop()).toBe(0);
    expect(server.text()).toContain(WARNING);
    expect(server.text()).not.toContain(SECRET);
    expect(server.text()).not.toContain('TWILIO_PHONE_NUMBER');
  },
);

it('pnpm start warns about a misspelt setting before it prints the error that the setting causes', async () => {
  const { code, text } = await runToExit(getLocalCommand(folder), { ACCESS: 'jwt', JWT_ISUER: SECRET });
  expect(code).toBe(1);
  expect(text).toBe(
    'The variable JWT_ISUER is not a setting and has no effect. Did you mean JWT_ISSUER?\n' +
      'ACCESS=jwt requires JWT_JWKS_URL and JWT_ISSUER and JWT_AUDIENCE or JWT_REQUIRED_CLAIMS.\n',
  );
});
