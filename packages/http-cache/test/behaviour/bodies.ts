import { check, equal, rejection, type Case } from '@room-recordings/testing/cases';
import { fetched } from '../harness/coded.ts';
import { fresh, makeWorld } from '../harness/world.ts';

/** A body of one-byte chunks, each a view of a buffer of its own of 64 KiB, as Deno has them. */
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
  check('a stored body owns its bytes alone, however small its chunks were', async () => {
    const world = makeWorld(() => fresh({}, trickle(1000)));
    await world.get();
    const [stored] = (await world.store.get('https://origin.test/'))?.variants ?? [];
    equal([stored?.body?.byteLength, stored?.body?.buffer.byteLength], [1000, 1000]);
    equal(await (await world.get()).text(), ALPHABET.repeat(39).slice(0, 1000));
  }),
  check('a body too long for the store is passed on whole, however small its chunks were', async () => {
    const world = makeWorld(() => fresh({}, trickle(2000)));
    const cache = makeWorld(() => fresh({}, trickle(2000)), {
      store: { ...world.store, maxBodyBytes: 1000 },
    });
    equal(await (await cache.get()).text(), ALPHABET.repeat(77).slice(0, 2000));
    await cache.get();
    equal(cache.sent.length, 2, 'requests');
  }),
  check('a body as long as the store takes is stored', async () => {
    const world = makeWorld(() => fresh());
    const exact = makeWorld(() => fresh(), { store: { ...world.store, maxBodyBytes: 5 } });
    await exact.get();
    await exact.get();
    equal(exact.sent.length, 1, 'requests');
  }),
  check(
    'a response with a changed body and the Content-Length of the one before is delivered, not stored',
    async () => {
      const world = makeWorld(async () => {
        const response = fresh({ 'content-length': '5' });
        return new Response(`${await response.text()}!!`, response);
      });
      for (const response of [await world.get(), await world.get()]) {
        equal([await response.text(), response.headers.get('content-length')], ['hello!!', null]);
      }
      equal(world.sent.length, 2, 'requests');
    },
  ),
  check('a response made in other code is stored if Content-Length fits its body', async () => {
    const world = makeWorld(() => fresh({ 'content-length': '5' }));
    await world.get();
    equal((await world.get()).headers.get('content-length'), '5');
    equal(world.sent.length, 1, 'requests');
  }),
  check('a response made of a body that breaks off is not stored and not served', async () => {
    const broken = (): ReadableStream<Uint8Array<ArrayBuffer>> =>
      new ReadableStream({ pull: (body) => body.error(new Error('reset')) });
    const world = makeWorld(() => {
      const response = fresh({ 'content-length': '9' }, broken());
      return new Response(response.body, response);
    });
    equal(String(await rejection(world.get())), 'Error: reset');
    equal(world.cache.lookup('https://origin.test/'), undefined);
  }),
  check('a body from fetch that is longer than Content-Length is not stored and not served', async () => {
    const world = makeWorld(() => fetched(fresh({ 'content-length': '3' })));
    equal(
      String(await rejection(world.get())),
      'TypeError: The length of the body differs from its Content-Length.',
    );
    equal(world.cache.lookup('https://origin.test/'), undefined);
  }),
];
