import { describe, expect, it, vi } from 'vitest';
import { MAX_BODY_BYTES, readText } from '../../src/http/body.ts';

/** Creates a response with these chunks. */
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

/** Creates a stream that takes the next chunk when it is read. */
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

describe('`readText()`', () => {
  it('returns the text of a body', async () => {
    expect(await readText(new Response('{"a": 1}'))).toBe('{"a": 1}');
  });

  it('returns an empty string for a null body', async () => {
    expect(await readText(new Response(null))).toBe('');
  });

  it('joins chunks, and a character that two chunks share', async () => {
    const bytes = new TextEncoder().encode('naïve 🎧');
    const chunks = Array.from(bytes, (byte) => new Uint8Array([byte]));
    expect(await readText(chunked(chunks))).toBe('naïve 🎧');
  });

  it.each([
    { name: 'a web stream', toBody: (chunks: AsyncGenerator<Uint8Array<ArrayBuffer>>) => toStream(chunks) },
    { name: 'an async iterable', toBody: (chunks: AsyncGenerator<Uint8Array<ArrayBuffer>>) => chunks },
  ])('copies each chunk of $name, because the next chunk may use its buffer', async ({ toBody }) => {
    // Deno passes short chunks as views of one buffer of 64 KiB.
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

  it('does not remove a byte order mark', async () => {
    expect(await readText(new Response('\ufeff{}'))).toBe('\ufeff{}');
  });

  it.each([
    { name: 'a byte of Latin-1', bytes: [0x63, 0x61, 0x66, 0xe9] },
    { name: 'a byte that is not a character', bytes: [0x61, 0xff, 0x62] },
    { name: 'an overlong encoding', bytes: [0xc0, 0x80] },
    { name: 'half of a surrogate pair', bytes: [0xed, 0xa0, 0x80] },
    { name: 'a truncated character at the end', bytes: [0x61, 0xc3] },
  ])('returns undefined for $name, which is not UTF-8', async ({ bytes }) => {
    expect(await readText(new Response(new Uint8Array(bytes)))).toBeUndefined();
    expect(await readText(chunked(bytes.map((byte) => new Uint8Array([byte]))))).toBeUndefined();
  });

  it('returns the text of a body of 1 MiB', async () => {
    expect(MAX_BODY_BYTES).toBe(1024 * 1024);
    expect(await readText(new Response('x'.repeat(MAX_BODY_BYTES)))).toHaveLength(MAX_BODY_BYTES);
  });

  it('returns undefined for a body of 1 MiB and one byte', async () => {
    expect(await readText(new Response('x'.repeat(MAX_BODY_BYTES + 1)))).toBeUndefined();
  });

  it('counts bytes and not characters', async () => {
    expect(await readText(new Response('é'.repeat(MAX_BODY_BYTES / 2)))).toHaveLength(MAX_BODY_BYTES / 2);
    expect(await readText(new Response('é'.repeat(MAX_BODY_BYTES / 2 + 1)))).toBeUndefined();
  });

  it.each([
    { name: 'ends', end: () => undefined },
    { name: 'fails', end: () => Promise.reject(new TypeError('gone')) },
    { name: 'never ends', end: () => new Promise<void>(() => undefined) },
  ])(
    'returns undefined for chunks of more than 1 MiB, and cancels the body, if the cancellation $name',
    async ({ end }) => {
      const cancel = vi.fn(end);
      const chunk = new Uint8Array(MAX_BODY_BYTES / 2 + 1);
      expect(await readText(chunked([chunk, chunk, chunk], cancel))).toBeUndefined();
      expect(cancel).toHaveBeenCalledOnce();
    },
  );

  it.each([
    { name: 'has a return method', last: {} },
    { name: 'has no return method', last: { return: undefined } },
  ])('stops an async iterable after 1 MiB, if it $name', async ({ last }) => {
    const finish = vi.fn(async () => ({ done: true, value: undefined }));
    const next = vi.fn(async () => ({ done: false, value: new Uint8Array(MAX_BODY_BYTES / 2 + 1) }));
    const body = { [Symbol.asyncIterator]: () => ({ next, return: finish, ...last }) };
    expect(await readText({ body } as unknown as Response)).toBeUndefined();
    expect(next).toHaveBeenCalledTimes(2);
    expect(finish).toHaveBeenCalledTimes('return' in last ? 0 : 1);
  });

  it('rejects with the error of a body that breaks off', async () => {
    const cause = new TypeError('terminated');
    const body = new ReadableStream({ pull: (controller) => controller.error(cause) });
    await expect(readText(new Response(body))).rejects.toBe(cause);
  });
});
