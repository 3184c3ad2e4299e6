import { describe, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { edgeWith } from '../support/test-edge.ts';

const CASES = [
  [{ ACCESS: '' }, 'Set ACCESS to public, or to any of twilio-token, jwt and signed-url.', 'archive'],
  [{ RECORDINGS_SOURCE: '' }, 'Set RECORDINGS_SOURCE to archive or twilio.', null],
  [
    { ACCESS: '', RECORDINGS_SOURCE: '' },
    'Set ACCESS to public, or to any of twilio-token, jwt and signed-url. Set RECORDINGS_SOURCE to archive or twilio.',
    null,
  ],
] as const;

describe('without ACCESS or RECORDINGS_SOURCE', () => {
  it.each(CASES)('%j: every read answers 503 with what to set', async (variables, detail) => {
    const { ask, reads } = edgeWith(undefined, variables);
    const response = await ask();
    expect(response.status).toBe(503);
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    expect(await response.json()).toMatchObject({ error: 'misconfigured', detail, message: detail });
    expect(reads).toEqual([]);
  });

  it.each(CASES)('%j: /healthz answers 200 and "misconfigured"', async (variables, _detail, source) => {
    const response = await edgeWith(undefined, variables).ask('/healthz');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: 'misconfigured', version: manifest.version, source });
  });
});

describe('/readyz', () => {
  it.each(CASES)('responds 503 and what to set: %j', async (variables, detail) => {
    const { ask, reads } = edgeWith(undefined, variables);
    const response = await ask('/readyz');
    expect(response.status).toBe(503);
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    expect(await response.json()).toMatchObject({ error: 'misconfigured', detail });
    expect(reads).toEqual([]);
  });

  it('responds 200 and no reason, without a read of the source', async () => {
    const { ask, reads } = edgeWith();
    const response = await ask('/readyz');
    expect(response.status).toBe(200);
    expect(response.headers.get('Content-Type')).toBe('application/json');
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    expect(await response.json()).toEqual({ status: 'ready', reasons: [] });
    expect(reads).toEqual([]);
  });
});

describe('/healthz', () => {
  it('answers ok, the version and the source, without asking the source', async () => {
    const { ask, reads } = edgeWith();
    const response = await ask('/healthz');
    expect(response.status).toBe(200);
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    expect(await response.json()).toEqual({ status: 'ok', version: manifest.version, source: 'archive' });
    expect(reads).toEqual([]);
  });
});
