import { createCue } from '@room-recordings/testing/deferred';
import { describe, expect, it } from 'vitest';
import type { MediaReadOptions } from '../../src/media/media-source.ts';
import { BYTES, createMedia, respondWithStart, SIZE, type MediaHarness } from '../support/twilio-media.ts';

describe('a read of the storage over a socket', () => {
  /** Returns the milliseconds from a client's leaving until the storage sees the end of its connection. */
  async function measureEnd(
    media: MediaHarness,
    leave: (body: ReadableStream<Uint8Array<ArrayBuffer>>) => void,
    options: Partial<MediaReadOptions> = {},
  ): Promise<number> {
    const closed = createCue();
    media.storage.setResponse((request, response) => {
      response.on('close', () => closed.give());
      respondWithStart(request, response);
    });
    const { body } = await media.open(0, SIZE, options);
    const leftAt = performance.now();
    leave(body);
    await closed.take();
    return performance.now() - leftAt;
  }

  it('ends within 100 ms when the consumer cancels', async () => {
    const ms = await measureEnd(await createMedia(), (body) => void body.cancel());
    expect(ms).toBeLessThan(100);
  });

  it('ends within 100 ms when the signal aborts while a read is pending', async () => {
    const controller = new AbortController();
    const media = await createMedia();
    const failed = createCue();
    const ms = await measureEnd(
      media,
      (body) => {
        new Response(body).bytes().catch(() => failed.give());
        controller.abort();
      },
      { signal: controller.signal },
    );
    await failed.take();
    expect(ms).toBeLessThan(100);
  });

  it('ends when the signal aborts before the headers', async () => {
    const requested = createCue();
    const closed = createCue();
    const { open } = await createMedia((_request, response) => {
      response.on('close', () => closed.give());
      requested.give();
    });
    const controller = new AbortController();
    const result = open(0, 1, { signal: controller.signal }).catch((error: unknown) => error);
    await requested.take();
    controller.abort();
    await closed.take();
    expect(await result).toMatchObject({ reason: 'failed' });
  });

  it('fails after the first bytes if the connection breaks, and never ends cleanly', async () => {
    const started = createCue();
    const { open } = await createMedia((request, response) => {
      respondWithStart(request, response);
      void started.take().then(() => response.destroy());
    });
    const reader = (await open(0, SIZE)).body.getReader();
    expect((await reader.read()).value).toEqual(BYTES.slice(0, 1_000));
    started.give();
    await expect(reader.read()).rejects.toMatchObject({ code: 'network' });
  });
});
