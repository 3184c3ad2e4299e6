import { describe, expect, it, vi } from 'vitest';
import { MAX_BODY_BYTES, readText } from '../../src/http/body.ts';

/** An answer that brings these chunks, one by one. */
function chunked(
  chunks: readonly Uint8Array<ArrayBuffer>[],
  cancel: () => unknown = () => undefined,
): Response {
  const left = [...chunks];
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      const chunk = left.shift();
      if (chunk === undefined) controller.close();
      else controller.enqueue(chunk);
    },
    cancel: async () => {
      await cancel();
    },
  });
  return new Response(body);
}

/** A stream that takes the next chunk when it is read. */
function toStream(chunks: AsyncGenerator<Uint8Array<ArrayBuffer>>): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
    },
    { highWaterMark: 0 },
  );
}

describe('readBody', () => {
  it('reads a body', async () => {
    expect(await readText(new Response('{"a": 1}'))).toBe('{"a": 1}');
  });

  it('reads no body as an empty text', async () => {
    expect(await readText(new Response(null))).toBe('');
  });

  it('joins chunks, and a character that is cut by them', async () => {
    const bytes = new TextEncoder().encode('naïve 🎧');
    const chunks = Array.from(bytes, (byte) => new Uint8Array([byte]));
    expect(await readText(chunked(chunks))).toBe('naïve 🎧');
  });

  it.each([
    { what: 'a web stream', toBody: (chunks: AsyncGenerator<Uint8Array<ArrayBuffer>>) => toStream(chunks) },
    { what: 'an async iterable', toBody: (chunks: AsyncGenerator<Uint8Array<ArrayBuffer>>) => chunks },
  ])('keeps no chunk of $what: the next one may use its buffer', async ({ toBody }) => {
    // The buffer of 64 KiB in which Deno hands out chunks, however short they are.
    const buffer = new Uint8Array(65_536);
    async function* reuse(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
      for (const byte of new TextEncoder().encode('naïve 🎧'.repeat(1000))) {
        buffer[0] = byte;
        yield buffer.subarray(0, 1);
      }
      buffer.fill(0);
    }
    const response = { body: toBody(reuse()) } as unknown as Response;
    expect(await readText(response)).toBe('naïve 🎧'.repeat(1000));
  });

  it('keeps a byte order mark', async () => {
    expect(await readText(new Response('\ufeff{}'))).toBe('\ufeff{}');
  });

  it.each([
    ['a byte of Latin-1', [0x63, 0x61, 0x66, 0xe9]],
    ['a byte of no character', [0x61, 0xff, 0x62]],
    ['a character in more bytes than it needs', [0xc0, 0x80]],
    ['half of a surrogate pair', [0xed, 0xa0, 0x80]],
    ['a character that is cut off at the end', [0x61, 0xc3]],
  ])('gives nothing for %s, which is no UTF-8', async (_what, bytes) => {
    expect(await readText(new Response(new Uint8Array(bytes)))).toBeUndefined();
    expect(await readText(chunked(bytes.map((byte) => new Uint8Array([byte]))))).toBeUndefined();
  });

  it('reads at most 1 MiB', async () => {
    expect(MAX_BODY_BYTES).toBe(1024 * 1024);
    expect(await readText(new Response('x'.repeat(MAX_BODY_BYTES)))).toHaveLength(MAX_BODY_BYTES);
  });

  it('gives nothing for one byte more', async () => {
    expect(await readText(new Response('x'.repeat(MAX_BODY_BYTES + 1)))).toBeUndefined();
  });

  it('counts bytes and not characters', async () => {
    expect(await readText(new Response('é'.repeat(MAX_BODY_BYTES / 2)))).toHaveLength(MAX_BODY_BYTES / 2);
    expect(await readText(new Response('é'.repeat(MAX_BODY_BYTES / 2 + 1)))).toBeUndefined();
  });

  it.each([
    ['ends', () => undefined],
    ['fails', () => Promise.reject(new TypeError('gone'))],
    ['never ends', () => new Promise<void>(() => undefined)],
  ])('counts over all chunks and cancels what is left, even when that %s', async (_how, end) => {
    const cancel = vi.fn(end);
    const chunk = new Uint8Array(MAX_BODY_BYTES / 2 + 1);
    expect(await readText(chunked([chunk, chunk, chunk], cancel))).toBeUndefined();
    expect(cancel).toHaveBeenCalledOnce();
  });

  it.each([
    { how: 'returns', last: {} },
    { how: 'has no way to', last: { return: undefined } },
  ])('reads at most 1 MiB of an async iterable, which then $how', async ({ last }) => {
    const finish = vi.fn(async () => ({ done: true, value: undefined }));
    const next = vi.fn(async () => ({ done: false, value: new Uint8Array(MAX_BODY_BYTES / 2 + 1) }));
    const body = { [Symbol.asyncIterator]: () => ({ next, return: finish, ...last }) };
    expect(await readText({ body } as unknown as Response)).toBeUndefined();
    expect(next).toHaveBeenCalledTimes(2);
    expect(finish).toHaveBeenCalledTimes('return' in last ? 0 : 1);
  });

  it('fails as the body does when it breaks off', async () => {
    const cause = new TypeError('terminated');
    const body = new ReadableStream({ pull: (controller) => controller.error(cause) });
    await expect(readText(new Response(body))).rejects.toBe(cause);
  });
});
