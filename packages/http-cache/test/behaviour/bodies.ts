import { memoryStore } from '../../src/index.ts';
import { check, equal, rejection, type Case } from '@room-recordings/testing/cases';
import { asFetched } from '../harness/encoded-bodies.ts';
import { cacheStatus, fresh, createHarness } from '../harness/harness.ts';

/** Creates a body of one-byte chunks. Each chunk is a view of a separate buffer of 64 KiB, as on Deno. */
function trickle(count: number, seen: WeakRef<ArrayBuffer>[] = []): ReadableStream<Uint8Array<ArrayBuffer>> {
  let sent = 0;
  return new ReadableStream({
    pull(controller) {
      if (sent === count) {
        controller.close();
        return;
      }
      const buffer = new ArrayBuffer(65_536);
      new Uint8Array(buffer)[9] = 97 + (sent % 26);
      sent += 1;
      seen.push(new WeakRef(buffer));
      controller.enqueue(new Uint8Array(buffer, 9, 1));
    },
  });
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz';

export const bodies: readonly Case[] = [
  check('a stored body has a buffer of its own size, even if its chunks are tiny', async () => {
    const harness = createHarness(() => fresh({}, trickle(1000)));
    await harness.get();
    const [stored] = (await harness.store.get('https://origin.test/'))?.variants ?? [];
    equal([stored?.body?.byteLength, stored?.body?.buffer.byteLength], [1000, 1000]);
    equal(await (await harness.get()).text(), ALPHABET.repeat(39).slice(0, 1000));
  }),
  check('a body too large for the store is forwarded completely, even if its chunks are tiny', async () => {
    const harness = createHarness(() => fresh({}, trickle(2000)));
    const cache = createHarness(() => fresh({}, trickle(2000)), {
      store: { ...harness.store, maxBodyBytes: 1000 },
    });
    equal(await (await cache.get()).text(), ALPHABET.repeat(77).slice(0, 2000));
    await cache.get();
    equal(cache.originRequests.length, 2, 'requests');
  }),
  check('a body of exactly `maxBodyBytes` is stored', async () => {
    const harness = createHarness(() => fresh());
    const exact = createHarness(() => fresh(), { store: { ...harness.store, maxBodyBytes: 5 } });
    await exact.get();
    await exact.get();
    equal(exact.originRequests.length, 1, 'requests');
  }),
  check('a response with a changed body and the old Content-Length is forwarded and not stored', async () => {
    const harness = createHarness(async () => {
      const response = fresh({ 'content-length': '5' });
      return new Response(`${await response.text()}!!`, response);
    });
    for (const response of [await harness.get(), await harness.get()]) {
      equal([await response.text(), response.headers.get('content-length')], ['hello!!', null]);
    }
    equal(harness.originRequests.length, 2, 'requests');
  }),
  check('a response constructed by other code is stored if Content-Length matches its body', async () => {
    const harness = createHarness(() => fresh({ 'content-length': '5' }));
    await harness.get();
    equal((await harness.get()).headers.get('content-length'), '5');
    equal(harness.originRequests.length, 1, 'requests');
  }),
  check('a response constructed from an aborted body is neither stored nor served', async () => {
    const broken = (): ReadableStream<Uint8Array<ArrayBuffer>> =>
      new ReadableStream({ pull: (body) => body.error(new Error('reset')) });
    const harness = createHarness(() => {
      const response = fresh({ 'content-length': '9' }, broken());
      return new Response(response.body, response);
    });
    equal(String(await rejection(harness.get())), 'Error: reset');
    equal(harness.cache.lookup('https://origin.test/'), undefined);
  }),
  check(
    'a body from `fetch` that is longer than its Content-Length is neither stored nor served',
    async () => {
      const harness = createHarness(() => asFetched(fresh({ 'content-length': '3' })));
      equal(
        String(await rejection(harness.get())),
        'TypeError: The length of the body differs from its Content-Length.',
      );
      equal(harness.cache.lookup('https://origin.test/'), undefined);
    },
  ),
  check('a body too large for the store is streamed completely', async () => {
    const chunks = ['a', 'b', 'c', 'd'].map((letter) => new TextEncoder().encode(letter.repeat(3000)));
    let pulled = 0;
    const createBody = (): ReadableStream<Uint8Array> =>
      new ReadableStream(
        {
          pull: (body) => {
            const chunk = chunks[pulled];
            pulled += 1;
            if (chunk === undefined) body.close();
            else body.enqueue(chunk);
          },
        },
        { highWaterMark: 0 },
      );
    const harness = createHarness(() => fresh({}, createBody()), { store: memoryStore({ maxBytes: 8000 }) });
    const response = await harness.get();
    equal([pulled, cacheStatus(response)], [3, 'http-cache; fwd=uri-miss; fwd-status=200']);
    equal((await response.text()).length, 12_000);
    pulled = 0;
    const second = await harness.get();
    await second.body?.cancel();
    equal(harness.originRequests.length, 2, 'requests');
  }),
];
