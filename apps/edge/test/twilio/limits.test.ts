import { RecordingsError } from '@room-recordings/core';
import { describe, expect, it } from 'vitest';
import { withTransferLimits, BodyTooLargeError } from '../../src/twilio/resilience/transfer-limits.ts';
import { createFakeClock } from '@room-recordings/testing/fake-clock';

const URL_OF_ONE = 'https://video.twilio.com/';

/** A body that the test feeds. */
function feed() {
  let controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | undefined;
  let isCancelled = false;
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start: (given) => {
      controller = given;
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

describe('limitTransfer', () => {
  it('F05: gives up when no headers came for five seconds, and cancels what comes later', async () => {
    const clock = createFakeClock();
    const { body, isCancelled } = feed();
    let signal: AbortSignal | null | undefined;
    let arrive: ((response: Response) => void) | undefined;
    const limited = withTransferLimits((_url, init) => {
      ({ signal } = init);
      return new Promise((resolve) => (arrive = resolve));
    }, clock.sleep);
    const reading = limited(URL_OF_ONE, {}).catch((fault: unknown) => fault);
    await clock.advance(4_999);
    expect(signal?.aborted).toBe(false);
    await clock.advance(1);
    expect(await reading).toMatchObject({ code: 'timeout', status: undefined });
    expect(signal?.aborted).toBe(true);
    arrive?.(new Response(body));
    await clock.advance(0);
    expect(isCancelled()).toBe(true);
  });

  it('F06: gives up when the body pauses for three seconds', async () => {
    const clock = createFakeClock();
    const { body, send, isCancelled } = feed();
    const response = await withTransferLimits(async () => new Response(body), clock.sleep)(URL_OF_ONE, {});
    const reading = response.arrayBuffer().catch((fault: unknown) => fault);
    for (let nth = 0; nth < 3; nth += 1) {
      send(1);
      await clock.advance(2_999);
    }
    expect(isCancelled()).toBe(false);
    await clock.advance(1);
    expect(await reading).toBeInstanceOf(RecordingsError);
    expect(isCancelled()).toBe(true);
  });

  it('F26, S71: takes a body of 1 MiB, and cancels one that goes on', async () => {
    const clock = createFakeClock();
    const { body, send, isCancelled } = feed();
    const response = await withTransferLimits(async () => new Response(body), clock.sleep)(URL_OF_ONE, {});
    const reading = response.arrayBuffer().catch((fault: unknown) => fault);
    send(1_048_576);
    await clock.advance(0);
    expect(isCancelled()).toBe(false);
    send(1);
    expect(await reading).toBeInstanceOf(BodyTooLargeError);
    expect(isCancelled()).toBe(true);
  });

  it('gives the rest as it came, and leaves no timer behind', async () => {
    const clock = createFakeClock();
    const { body, send, end } = feed();
    const init = { status: 404, headers: { 'Retry-After': '7' } };
    const limited = withTransferLimits(async () => new Response(body, init), clock.sleep);
    const response = await limited(URL_OF_ONE, { signal: new AbortController().signal });
    send(5);
    end();
    expect(response.status).toBe(404);
    expect(response.headers.get('Retry-After')).toBe('7');
    expect((await response.arrayBuffer()).byteLength).toBe(5);
    expect(clock.pending()).toBe(0);
  });

  it.each([204, 205, 304])('F32: looks at no body of %i', async (status) => {
    const clock = createFakeClock();
    const { body, isCancelled } = feed();
    const limited = withTransferLimits(async () => withStatus(status, body), clock.sleep);
    const response = await limited(URL_OF_ONE, {});
    expect(response.status).toBe(status);
    expect(await response.text()).toBe('');
    expect(isCancelled()).toBe(true);
  });

  it.each([99, 100, 101, 103, 199, 600, 999])('F32: refuses the status %i', async (status) => {
    const clock = createFakeClock();
    const { body, isCancelled } = feed();
    let signal: AbortSignal | null | undefined;
    const limited = withTransferLimits(async (_url, init) => {
      ({ signal } = init);
      return withStatus(status, body);
    }, clock.sleep);
    const fault = await limited(URL_OF_ONE, {}).catch((fault: unknown) => fault);
    expect(fault).toBeInstanceOf(RecordingsError);
    expect(fault).toMatchObject({ code: 'invalid_response', status });
    expect(isCancelled()).toBe(true);
    expect(signal?.aborted).toBe(true);
    expect(clock.pending()).toBe(0);
  });

  it('F32: refuses a status that is none without a body, too', async () => {
    const clock = createFakeClock();
    const limited = withTransferLimits(async () => withStatus(101, null), clock.sleep);
    await expect(limited(URL_OF_ONE, {})).rejects.toMatchObject({ code: 'invalid_response', status: 101 });
  });

  it('F25: leaves a redirect alone whose status is hidden', async () => {
    const clock = createFakeClock();
    const hidden = withStatus(0, null);
    expect(await withTransferLimits(async () => hidden, clock.sleep)(URL_OF_ONE, {})).toBe(hidden);
  });

  it.each([
    ['before anything came', 0],
    ['after a part came', 5],
  ])('rejects a body that is aborted %s, and does not take the part for the whole', async (_when, bytes) => {
    const clock = createFakeClock();
    const { body, send, isCancelled } = feed();
    const leaving = new AbortController();
    const limited = withTransferLimits(async () => new Response(body), clock.sleep);
    const response = await limited(URL_OF_ONE, { signal: leaving.signal });
    const reading = response.text().catch((fault: unknown) => fault);
    if (bytes > 0) send(bytes);
    await clock.advance(0);
    leaving.abort();
    expect(await reading).toMatchObject({ name: 'AbortError' });
    expect(isCancelled()).toBe(true);
    expect(clock.pending()).toBe(0);
  });

  it('rejects a request that was aborted before it began', async () => {
    const clock = createFakeClock();
    const limited = withTransferLimits(async (_url, { signal }) => {
      signal?.throwIfAborted();
      return new Response('x');
    }, clock.sleep);
    const reading = limited(URL_OF_ONE, { signal: AbortSignal.abort() });
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
    expect(clock.pending()).toBe(0);
  });

  it('is cancelled with whoever reads', async () => {
    const clock = createFakeClock();
    const { body, isCancelled } = feed();
    const response = await withTransferLimits(async () => new Response(body), clock.sleep)(URL_OF_ONE, {});
    await response.body?.cancel();
    expect(isCancelled()).toBe(true);
  });
});

/** An answer as a runtime's fetch gives it out, where the constructor refuses its status or its body. */
function withStatus(status: number, body: ReadableStream<Uint8Array<ArrayBuffer>> | null): Response {
  return Object.defineProperty(new Response(body), 'status', { value: status });
}
