import { describe, expect, it, vi } from 'vitest';
import { MAX_BODY_BYTES, readBody } from '../src/body.ts';

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

describe('readBody', () => {
  it('reads a body', async () => {
    expect(await readBody(new Response('{"a": 1}'))).toBe('{"a": 1}');
  });

  it('reads no body as an empty text', async () => {
    expect(await readBody(new Response(null))).toBe('');
  });

  it('joins chunks, and a character that is cut by them', async () => {
    const bytes = new TextEncoder().encode('naïve 🎧');
    const chunks = Array.from(bytes, (byte) => new Uint8Array([byte]));
    expect(await readBody(chunked(chunks))).toBe('naïve 🎧');
  });

  it('keeps a byte order mark', async () => {
    expect(await readBody(new Response('\ufeff{}'))).toBe('\ufeff{}');
  });

  it.each([
    ['a byte of Latin-1', [0x63, 0x61, 0x66, 0xe9]],
    ['a byte of no character', [0x61, 0xff, 0x62]],
    ['a character in more bytes than it needs', [0xc0, 0x80]],
    ['half of a surrogate pair', [0xed, 0xa0, 0x80]],
    ['a character that is cut off at the end', [0x61, 0xc3]],
  ])('gives nothing for %s, which is no UTF-8', async (_what, bytes) => {
    expect(await readBody(new Response(new Uint8Array(bytes)))).toBeUndefined();
    expect(await readBody(chunked(bytes.map((byte) => new Uint8Array([byte]))))).toBeUndefined();
  });

  it('reads at most 1 MiB', async () => {
    expect(MAX_BODY_BYTES).toBe(1024 * 1024);
    expect(await readBody(new Response('x'.repeat(MAX_BODY_BYTES)))).toHaveLength(MAX_BODY_BYTES);
  });

  it('gives nothing for one byte more', async () => {
    expect(await readBody(new Response('x'.repeat(MAX_BODY_BYTES + 1)))).toBeUndefined();
  });

  it('counts bytes and not characters', async () => {
    expect(await readBody(new Response('é'.repeat(MAX_BODY_BYTES / 2)))).toHaveLength(MAX_BODY_BYTES / 2);
    expect(await readBody(new Response('é'.repeat(MAX_BODY_BYTES / 2 + 1)))).toBeUndefined();
  });

  it.each([
    ['ends', () => undefined],
    ['fails', () => Promise.reject(new TypeError('gone'))],
    ['never ends', () => new Promise<void>(() => undefined)],
  ])('counts over all chunks and cancels what is left, even when that %s', async (_how, end) => {
    const cancel = vi.fn(end);
    const chunk = new Uint8Array(MAX_BODY_BYTES / 2 + 1);
    expect(await readBody(chunked([chunk, chunk, chunk], cancel))).toBeUndefined();
    expect(cancel).toHaveBeenCalledOnce();
  });

  it('fails as the body does when it breaks off', async () => {
    const cause = new TypeError('terminated');
    const body = new ReadableStream({ pull: (controller) => controller.error(cause) });
    await expect(readBody(new Response(body))).rejects.toBe(cause);
  });
});
