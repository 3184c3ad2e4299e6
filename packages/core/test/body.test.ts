import { describe, expect, it, vi } from 'vitest';
import { MAX_BODY_BYTES, readBody } from '../src/body.ts';

/** An answer that brings these chunks, one by one. */
function chunked(chunks: readonly Uint8Array<ArrayBuffer>[], cancel = vi.fn()): Response {
  const left = [...chunks];
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      const chunk = left.shift();
      if (chunk === undefined) controller.close();
      else controller.enqueue(chunk);
    },
    cancel,
  });
  return new Response(body, { status: 203 });
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

  it('reads a character that is cut off at the end as a replacement', async () => {
    expect(await readBody(chunked([new Uint8Array([0x61, 0xc3])]))).toBe('a\ufffd');
  });

  it('reads at most 1 MiB', async () => {
    expect(MAX_BODY_BYTES).toBe(1024 * 1024);
    expect(await readBody(new Response('x'.repeat(MAX_BODY_BYTES)))).toHaveLength(MAX_BODY_BYTES);
  });

  it('refuses one byte more, with the status', async () => {
    await expect(
      readBody(new Response('x'.repeat(MAX_BODY_BYTES + 1), { status: 203 })),
    ).rejects.toMatchObject({
      code: 'invalid_response',
      status: 203,
      message: 'The answer is longer than 1048576 bytes.',
    });
  });

  it('counts bytes and not characters', async () => {
    await expect(readBody(new Response('é'.repeat(MAX_BODY_BYTES / 2 + 1)))).rejects.toMatchObject({
      code: 'invalid_response',
    });
  });

  it('counts over all chunks, and cancels what is left of a body that is too long', async () => {
    const cancel = vi.fn();
    const chunk = new Uint8Array(MAX_BODY_BYTES / 2 + 1);
    await expect(readBody(chunked([chunk, chunk, chunk], cancel))).rejects.toMatchObject({
      code: 'invalid_response',
    });
    expect(cancel).toHaveBeenCalledOnce();
  });
});
