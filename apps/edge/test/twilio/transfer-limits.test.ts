import { RecordingsError } from '@room-recordings/core';
import { describe, expect, it } from 'vitest';
import { withTransferLimits, BodyTooLargeError } from '../../src/twilio/resilience/transfer-limits.ts';
import { createFakeClock } from '@room-recordings/testing/fake-clock';

const ANY_URL = 'https://video.twilio.com/';

/** Creates a body whose chunks the test sends. */
function createBody() {
  let controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | undefined;
  let isCancelled = false;
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start: (bodyController) => {
      controller = bodyController;
    },
    cancel: () => {
      isCancelled = true;
    },
  });
  return {
    body,
    send: (bytes: number) => controller?.enqueue(new Uint8Array(bytes)),
    end: () => controller?.close(),
    isCancelled: () => isCancelled,
  };
}

describe('withTransferLimits()', () => {
  it('rejects after five seconds without headers, and cancels a later response', async () => {
    const clock = createFakeClock();
    const { body, isCancelled } = createBody();
    let signal: AbortSignal | null | undefined;
    let respond: ((response: Response) => void) | undefined;
    const limited = withTransferLimits((_url, init) => {
      ({ signal } = init);
      return new Promise((resolve) => (respond = resolve));
    }, clock.sleep);
    const result = limited(ANY_URL, {}).catch((error: unknown) => error);
    await clock.advance(4_999);
    expect(signal?.aborted).toBe(false);
    await clock.advance(1);
    expect(await result).toMatchObject({ code: 'timeout', status: undefined });
    expect(signal?.aborted).toBe(true);
    respond?.(new Response(body));
    await clock.advance(0);
    expect(isCancelled()).toBe(true);
  });

  it('cancels a body that sends no data for three seconds', async () => {
    const clock = createFakeClock();
    const { body, send, isCancelled } = createBody();
    const response = await withTransferLimits(async () => new Response(body), clock.sleep)(ANY_URL, {});
    const result = response.arrayBuffer().catch((error: unknown) => error);
    for (let nth = 0; nth < 3; nth += 1) {
      send(1);
      await clock.advance(2_999);
    }
    expect(isCancelled()).toBe(false);
    await clock.advance(1);
    expect(await result).toBeInstanceOf(RecordingsError);
    expect(isCancelled()).toBe(true);
  });

  it('accepts a body of 1 MiB, and cancels a longer one', async () => {
    const clock = createFakeClock();
    const { body, send, isCancelled } = createBody();
    const response = await withTransferLimits(async () => new Response(body), clock.sleep)(ANY_URL, {});
    const result = response.arrayBuffer().catch((error: unknown) => error);
    send(1_048_576);
    await clock.advance(0);
    expect(isCancelled()).toBe(false);
    send(1);
    expect(await result).toBeInstanceOf(BodyTooLargeError);
    expect(isCancelled()).toBe(true);
  });

  it('returns status, headers and body unchanged, and leaves no timer', async () => {
    const clock = createFakeClock();
    const { body, send, end } = createBody();
    const init = { status: 404, headers: { 'Retry-After': '7' } };
    const limited = withTransferLimits(async () => new Response(body, init), clock.sleep);
    const response = await limited(ANY_URL, { signal: new AbortController().signal });
    send(5);
    end();
    expect(response.status).toBe(404);
    expect(response.headers.get('Retry-After')).toBe('7');
    expect((await response.arrayBuffer()).byteLength).toBe(5);
    expect(clock.pending()).toBe(0);
  });

  it.each([204, 205, 304])('discards the body of a %i', async (status) => {
    const clock = createFakeClock();
    const { body, isCancelled } = createBody();
    const limited = withTransferLimits(async () => withStatus(status, body), clock.sleep);
    const response = await limited(ANY_URL, {});
    expect(response.status).toBe(status);
    expect(await response.text()).toBe('');
    expect(isCancelled()).toBe(true);
  });

  it.each([99, 100, 101, 103, 199, 600, 999])(
    'rejects the status %i, which is not an HTTP status, and cancels the request',
    async (status) => {
      const clock = createFakeClock();
      const { body, isCancelled } = createBody();
      let signal: AbortSignal | null | undefined;
      const limited = withTransferLimits(async (_url, init) => {
        ({ signal } = init);
        return withStatus(status, body);
      }, clock.sleep);
      const error = await limited(ANY_URL, {}).catch((error: unknown) => error);
      expect(error).toBeInstanceOf(RecordingsError);
      expect(error).toMatchObject({ code: 'invalid_response', status });
      expect(isCancelled()).toBe(true);
      expect(signal?.aborted).toBe(true);
      expect(clock.pending()).toBe(0);
    },
  );

  it('rejects an invalid status without a body', async () => {
    const clock = createFakeClock();
    const limited = withTransferLimits(async () => withStatus(101, null), clock.sleep);
    await expect(limited(ANY_URL, {})).rejects.toMatchObject({ code: 'invalid_response', status: 101 });
  });

  it('returns a redirect whose status is hidden as 0', async () => {
    const clock = createFakeClock();
    const response = withStatus(0, null);
    expect(await withTransferLimits(async () => response, clock.sleep)(ANY_URL, {})).toBe(response);
  });

  it.each([
    { name: 'before its first byte', bytes: 0 },
    { name: 'after five bytes', bytes: 5 },
  ])('fails a body that is aborted $name, instead of ending it', async ({ bytes }) => {
    const clock = createFakeClock();
    const { body, send, isCancelled } = createBody();
    const controller = new AbortController();
    const limited = withTransferLimits(async () => new Response(body), clock.sleep);
    const response = await limited(ANY_URL, { signal: controller.signal });
    const result = response.text().catch((error: unknown) => error);
    if (bytes > 0) send(bytes);
    await clock.advance(0);
    controller.abort();
    expect(await result).toMatchObject({ name: 'AbortError' });
    expect(isCancelled()).toBe(true);
    expect(clock.pending()).toBe(0);
  });

  it('rejects a request whose signal was aborted before', async () => {
    const clock = createFakeClock();
    const limited = withTransferLimits(async (_url, { signal }) => {
      signal?.throwIfAborted();
      return new Response('x');
    }, clock.sleep);
    const result = limited(ANY_URL, { signal: AbortSignal.abort() });
    await expect(result).rejects.toMatchObject({ name: 'AbortError' });
    expect(clock.pending()).toBe(0);
  });

  it('cancels the body of the upstream when its consumer cancels', async () => {
    const clock = createFakeClock();
    const { body, isCancelled } = createBody();
    const response = await withTransferLimits(async () => new Response(body), clock.sleep)(ANY_URL, {});
    await response.body?.cancel();
    expect(isCancelled()).toBe(true);
  });
});

/** Creates a response that a fetch can return, but that the constructor rejects for its status or body. */
function withStatus(status: number, body: ReadableStream<Uint8Array<ArrayBuffer>> | null): Response {
  return Object.defineProperty(new Response(body), 'status', { value: status });
}
