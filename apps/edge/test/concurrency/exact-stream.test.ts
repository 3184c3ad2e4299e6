import { createFakeClock } from '@room-recordings/testing/fake-clock';
import { describe, expect, it, vi } from 'vitest';
import { createExactStream } from '../../src/concurrency/exact-stream.ts';

/** A body whose chunks the test sends. */
function createBody() {
  let controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | undefined;
  let cancelled: unknown;
  let pulls = 0;
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      start: (bodyController) => {
        controller = bodyController;
      },
      pull: () => {
        pulls += 1;
      },
      cancel: (reason) => {
        cancelled = reason ?? 'cancelled';
      },
    },
    { highWaterMark: 0 },
  );
  return {
    body,
    send: (...bytes: readonly number[]) => controller?.enqueue(Uint8Array.from(bytes)),
    end: () => controller?.close(),
    fail: (error: Error) => controller?.error(error),
    cancelled: () => cancelled,
    pulls: () => pulls,
  };
}

function createStream(length: number, signal = new AbortController().signal) {
  const clock = createFakeClock();
  const source = createBody();
  let cancellations = 0;
  const stream = createExactStream(source.body, {
    length,
    idleTimeoutMs: 5_000,
    now: clock.now,
    sleep: clock.sleep,
    signal,
    onCancel: () => (cancellations += 1),
  });
  return { ...source, clock, stream, cancellations: () => cancellations };
}

describe('createExactStream()', () => {
  it('passes the chunks of a body of this length on, and reads its end so that the connection can be used again', async () => {
    const { stream, send, end, clock, cancelled, cancellations } = createStream(3);
    send(1, 2);
    send();
    send(3);
    end();
    expect(await new Response(stream).bytes()).toEqual(Uint8Array.of(1, 2, 3));
    await clock.advance(0);
    expect(clock.pending()).toBe(0);
    expect([cancelled(), cancellations()]).toEqual([undefined, 0]);
  });

  it('cuts a longer body and cancels the rest', async () => {
    const { stream, send, clock, cancelled, cancellations } = createStream(3);
    send(1, 2);
    send(3, 4);
    send(5);
    expect(await new Response(stream).bytes()).toEqual(Uint8Array.of(1, 2, 3));
    await clock.advance(0);
    expect([cancelled(), cancellations()]).toEqual(['cancelled', 1]);
  });

  it('cancels a body that does not end after its last byte', async () => {
    const { stream, send, clock, cancelled } = createStream(1);
    send(1);
    expect(await new Response(stream).bytes()).toEqual(Uint8Array.of(1));
    await clock.advance(5_000);
    expect(cancelled()).toBe('cancelled');
    expect(clock.pending()).toBe(0);
  });

  it('fails for a body that is shorter', async () => {
    const { stream, send, end, cancellations } = createStream(3);
    send(1, 2);
    end();
    await expect(new Response(stream).bytes()).rejects.toMatchObject({
      code: 'network',
      message: 'The body is shorter than announced.',
    });
    expect(cancellations()).toBe(1);
  });

  it('fails with the cause for a body that breaks', async () => {
    const { stream, send, fail } = createStream(3);
    send(1, 2);
    const error = new TypeError('terminated');
    const reader = stream.getReader();
    await reader.read();
    fail(error);
    await expect(reader.read()).rejects.toMatchObject({ code: 'network', cause: error });
  });

  it('fails and cancels the body after five seconds without data during a read', async () => {
    const { stream, clock, cancelled } = createStream(3);
    const read = stream.getReader().read();
    const failure = read.catch((error: unknown) => error);
    await clock.advance(4_999);
    expect(cancelled()).toBeUndefined();
    await clock.advance(1);
    expect(await failure).toMatchObject({ code: 'timeout' });
    expect(cancelled()).toMatchObject({ code: 'timeout' });
  });

  it('counts the time of each read on its own, with one timer for many reads', async () => {
    const { stream, send, clock } = createStream(10);
    const reader = stream.getReader();
    for (let nth = 1; nth <= 4; nth += 1) {
      const read = reader.read();
      await clock.advance(4_000);
      send(nth);
      await read;
    }
    expect(clock.timers.length).toBeLessThanOrEqual(4);
    const failure = reader.read().catch((error: unknown) => error);
    await clock.advance(4_999);
    expect(clock.pending()).toBe(1);
    await clock.advance(1);
    expect(await failure).toMatchObject({ code: 'timeout' });
  });

  it('has no time limit between two reads, and reads nothing ahead of its consumer', async () => {
    const { stream, send, end, clock, pulls } = createStream(2);
    await clock.advance(3_600_000);
    expect(pulls()).toBe(0);
    const reader = stream.getReader();
    const first = reader.read();
    await clock.advance(0);
    send(1);
    await first;
    expect(pulls()).toBe(1);
    await clock.advance(3_600_000);
    expect(clock.pending()).toBe(0);
    send(2);
    end();
    expect((await reader.read()).value).toEqual(Uint8Array.of(2));
  });

  it('cancels the body once when the consumer cancels, also while a read is pending', async () => {
    const { stream, clock, cancelled, cancellations } = createStream(2);
    const reader = stream.getReader();
    const read = reader.read();
    await clock.advance(0);
    await reader.cancel('left');
    expect((await read).done).toBe(true);
    expect([cancelled(), cancellations()]).toEqual(['left', 1]);
    await clock.advance(5_000);
    expect([clock.pending(), cancellations()]).toEqual([0, 1]);
  });

  it('fails with the reason of the signal, and cancels the body', async () => {
    const controller = new AbortController();
    const { stream, cancelled, cancellations } = createStream(2, controller.signal);
    const reader = stream.getReader();
    const read = reader.read();
    const reason = new Error('left');
    controller.abort(reason);
    await expect(read).rejects.toBe(reason);
    expect([cancelled(), cancellations()]).toEqual([reason, 1]);
  });

  it('fails at once for a signal that has aborted', async () => {
    const { stream, pulls, cancellations } = createStream(2, AbortSignal.abort());
    await expect(stream.getReader().read()).rejects.toMatchObject({ name: 'AbortError' });
    expect([pulls(), cancellations()]).toEqual([0, 1]);
  });
});

describe('createExactStream() of a stream of workerd', () => {
  it.each([
    {
      name: 'a fast storage, 128 KiB at a time',
      chunkMs: 1,
      chunkBytes: 65_536,
      minimums: [1, 131_072, 131_072],
    },
    {
      name: 'a slow storage, about 50 ms at a time',
      chunkMs: 100,
      chunkBytes: 4_000,
      minimums: [1, 2_000, 2_000],
    },
    { name: 'a storage that almost stalls, any byte', chunkMs: 4_000, chunkBytes: 10, minimums: [1, 1, 1] },
  ])('reads $name', async ({ chunkMs, chunkBytes, minimums }) => {
    const clock = createFakeClock();
    const asked: number[] = [];
    class ByobReader {
      async readAtLeast(minBytes: number, view: Uint8Array<ArrayBuffer>) {
        asked.push(minBytes);
        const chunks = Math.ceil(minBytes / chunkBytes);
        await clock.advance(chunks * chunkMs);
        return { done: false, value: view.subarray(0, chunks * chunkBytes) };
      }
      async cancel() {}
    }
    vi.stubGlobal('ReadableStreamBYOBReader', ByobReader);
    const { body } = createBody();
    Object.assign(body, { getReader: () => new ByobReader() });
    const stream = createExactStream(body, {
      length: 1_000_000,
      idleTimeoutMs: 5_000,
      now: clock.now,
      sleep: clock.sleep,
      signal: new AbortController().signal,
    });
    const reader = stream.getReader();
    for (let count = 0; count < minimums.length; count += 1) await reader.read();
    await reader.cancel();
    vi.unstubAllGlobals();
    expect(asked).toEqual(minimums);
  });
});
