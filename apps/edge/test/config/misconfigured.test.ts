import { describe, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { createTestEdge } from '../support/test-edge.ts';

const CASES = [
  {
    name: 'ACCESS',
    variables: { ACCESS: '' },
    detail: 'Set ACCESS to public, or to any of twilio-token, jwt and signed-url.',
    source: 'archive',
  },
  {
    name: 'RECORDINGS_SOURCE',
    variables: { RECORDINGS_SOURCE: '' },
    detail: 'Set RECORDINGS_SOURCE to archive or twilio.',
    source: null,
  },
  {
    name: 'ACCESS and RECORDINGS_SOURCE',
    variables: { ACCESS: '', RECORDINGS_SOURCE: '' },
    detail:
      'Set ACCESS to public, or to any of twilio-token, jwt and signed-url. Set RECORDINGS_SOURCE to archive or twilio.',
    source: null,
  },
] as const;

describe('an edge with missing settings', () => {
  it.each(CASES)(
    'responds to each read with 503 and the setting to set, without $name',
    async ({ variables, detail }) => {
      const { request, reads } = createTestEdge(undefined, variables);
      const response = await request();
      expect(response.status).toBe(503);
      expect(response.headers.get('Cache-Control')).toBe('no-store');
      expect(await response.json()).toMatchObject({ error: 'misconfigured', detail, message: detail });
      expect(reads).toEqual([]);
    },
  );

  it.each(CASES)(
    'responds to /healthz with 200 and "misconfigured", without $name',
    async ({ variables, source }) => {
      const response = await createTestEdge(undefined, variables).request('/healthz');
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual({ status: 'misconfigured', version: manifest.version, source });
    },
  );
});

describe('/readyz', () => {
  it.each(CASES)('responds 503 with the setting to set, without $name', async ({ variables, detail }) => {
    const { request, reads } = createTestEdge(undefined, variables);
    const response = await request('/readyz');
    expect(response.status).toBe(503);
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    expect(await response.json()).toMatchObject({ error: 'misconfigured', detail });
    expect(reads).toEqual([]);
  });

  it('responds 200 without reasons, and does not read from the source', async () => {
    const { request, reads } = createTestEdge();
    const response = await request('/readyz');
    expect(response.status).toBe(200);
    expect(response.headers.get('Content-Type')).toBe('application/json');
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    expect(await response.json()).toEqual({ status: 'ready', reasons: [] });
    expect(reads).toEqual([]);
  });
});

describe('/healthz', () => {
  it('responds with ok, the version and the source, and does not read from the source', async () => {
    const { request, reads } = createTestEdge();
    const response = await request('/healthz');
    expect(response.status).toBe(200);
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    expect(await response.json()).toEqual({ status: 'ok', version: manifest.version, source: 'archive' });
    expect(reads).toEqual([]);
  });
});
