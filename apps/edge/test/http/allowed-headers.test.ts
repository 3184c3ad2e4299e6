import { describe, expect, it } from 'vitest';
import { parseConfig, ConfigError } from '../../src/config/config.ts';
import { formatAllowedHeaders } from '../../src/http/cors.ts';
import { TWILIO_ACCESS } from '../auth/tokens.ts';
import { createTestEdge, sendRawTo } from '../support/test-edge.ts';
import { PATH } from '../support/recording.ts';

const APP = 'https://app.example.com';

/** Sends a preflight, and returns the allowed header names in lower case. */
async function preflight(
  requested: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<readonly string[]> {
  const edge = createTestEdge(undefined, { ALLOWED_ORIGINS: APP, ...variables });
  const response = await sendRawTo(edge, {
    method: 'OPTIONS',
    headers: [
      `Origin: ${APP}`,
      'Access-Control-Request-Method: GET',
      `Access-Control-Request-Headers: ${requested}`,
    ],
  });
  expect(response.status).toBe(204);
  expect(response.headerValues('access-control-allow-headers')).toHaveLength(1);
  return response.headerValues('access-control-allow-headers').join().toLowerCase().split(', ');
}

/** The header names of clients, as a browser sends them in a preflight: in lower case and sorted. */
const CLIENTS = [
  { client: 'OpenTelemetry', names: 'baggage,traceparent,tracestate' },
  { client: 'Sentry', names: 'baggage,sentry-trace,traceparent' },
  {
    client: 'Datadog RUM',
    names:
      'traceparent,tracestate,x-datadog-origin,x-datadog-parent-id,x-datadog-sampling-priority,x-datadog-trace-id',
  },
  { client: 'New Relic', names: 'newrelic,traceparent,tracestate' },
  { client: 'Elastic APM', names: 'traceparent,tracestate' },
  { client: 'Application Insights', names: 'request-context,request-id,traceparent' },
  { client: 'an XMLHttpRequest library', names: 'x-requested-with' },
  { client: 'fetch with a token and without a cache', names: 'authorization,cache-control,pragma' },
  { client: 'a player that resumes', names: 'authorization,if-range,range' },
];

describe('a preflight', () => {
  it.each(CLIENTS)('allows the headers of $client by default', async ({ names }) => {
    expect(await preflight(names)).toEqual(expect.arrayContaining(names.split(',')));
  });

  it('does not allow a header that is neither a default nor in ALLOWED_HEADERS', async () => {
    expect(await preflight('x-app-version,b3')).not.toEqual(expect.arrayContaining(['x-app-version']));
    expect(await preflight('b3')).not.toContain('b3');
  });

  it('allows the headers of ALLOWED_HEADERS and the defaults', async () => {
    const allowed = await preflight('b3', { ALLOWED_HEADERS: 'X-App-Version, b3,RANGE,x-app-version' });
    expect(allowed).toEqual([...(await preflight('b3')), 'x-app-version', 'b3']);
  });

  it('allows Authorization once beside the headers of ALLOWED_HEADERS', async () => {
    const allowed = await preflight('x-session', { ...TWILIO_ACCESS, ALLOWED_HEADERS: 'x-app-version' });
    expect(allowed).toContain('x-app-version');
    expect(allowed.filter((name) => name === 'authorization')).toHaveLength(1);
  });
});

it('a page may read the WWW-Authenticate of a 401', async () => {
  const edge = createTestEdge(undefined, { ...TWILIO_ACCESS, ALLOWED_ORIGINS: APP });
  const response = await sendRawTo(edge, { target: PATH, headers: [`Origin: ${APP}`] });
  expect(response.status).toBe(401);
  expect(response.headerValues('www-authenticate')).toHaveLength(1);
  expect(response.headerValues('access-control-expose-headers').join().split(', ')).toContain(
    'WWW-Authenticate',
  );
});

it('formatAllowedHeaders() returns each name once', () => {
  const names = formatAllowedHeaders(['x-app', 'request-id', 'authorization']).toLowerCase().split(', ');
  expect(new Set(names).size).toBe(names.length);
  expect(names).toContain('x-app');
});

describe('an invalid ALLOWED_HEADERS', () => {
  it.each([
    { name: 'a star', value: '*' },
    { name: 'a star among names', value: 'x-app,*' },
    { name: 'a pattern', value: 'x-app-*' },
    { name: 'an empty member', value: 'x-app,,x-other' },
    { name: 'a comma at the end', value: 'x-app,' },
    { name: 'a space inside a name', value: 'x app' },
    { name: 'a colon', value: 'x-app:' },
    { name: 'a line feed', value: 'x-app\nx-evil: 1' },
    { name: 'a letter that is not ASCII', value: 'x-äpp' },
    { name: 'a letter whose lower case is ASCII', value: 'x-\u212Aelvin' },
  ])('stops the start with an error of one line for $name', ({ value }) => {
    const parse = () => parseConfig({ ALLOWED_HEADERS: value });
    expect(parse).toThrow(ConfigError);
    expect(parse).toThrow(/^ALLOWED_HEADERS must be a comma-separated list of header names such as [^\n]*$/);
  });

  it.each([
    { value: 'Cookie' },
    { value: 'Origin' },
    { value: 'x-app, HOST' },
    { value: 'Sec-Fetch-Mode' },
    { value: 'Proxy-Authorization' },
    { value: 'Content-Length' },
  ])('stops the start for a header that a page cannot set: $value', ({ value }) => {
    expect(() => parseConfig({ ALLOWED_HEADERS: value })).toThrow(
      /^ALLOWED_HEADERS must not contain a header that a page cannot set, such as [^\n]*$/,
    );
  });
});
