import { check, equal, type Case } from '@room-recordings/testing/cases';
import { createHarness, flush, fresh, reply, type Harness } from '../harness/harness.ts';

const ETAG = '"abc"';

/** Creates a harness with one fresh response. */
async function createFilled(headers: Record<string, string> = { etag: ETAG }): Promise<Harness> {
  const harness = createHarness(() => fresh(headers));
  await harness.get();
  return harness;
}

export const headRequests: readonly Case[] = [
  check('a HEAD has the status and the headers of the GET, and no body', async () => {
    const harness = await createFilled({ etag: ETAG, 'content-length': '5' });
    const [get, head] = [await harness.get(), await harness.get('/', {}, 'HEAD')];
    equal([head.status, [...head.headers], await head.text()], [get.status, [...get.headers], '']);
  }),
  check('a HEAD on a miss sends a GET to the origin and stores its complete response', async () => {
    const harness = createHarness(() => fresh());
    const head = await harness.get('/', {}, 'HEAD');
    equal(
      [head.status, await head.text(), harness.originRequests.map(({ method }) => method)],
      [200, '', ['GET']],
    );
    equal([await (await harness.get()).text(), harness.originRequests.length], ['hello', 1]);
  }),
  check('a HEAD does not replace the stored body, fresh or stale', async () => {
    const harness = await createFilled();
    await harness.get('/', {}, 'HEAD');
    harness.advance(61);
    await harness.get('/', {}, 'HEAD');
    equal([await (await harness.get()).text(), harness.originRequests.length], ['hello', 2]);
  }),
  check('a HEAD for an uncacheable response cancels its body', async () => {
    let isCancelled = false;
    const body = new ReadableStream({ cancel: () => void (isCancelled = true) });
    const harness = createHarness(() => reply({ 'cache-control': 'no-store' }, body));
    const head = await harness.get('/', {}, 'HEAD');
    equal([head.status, await head.text(), isCancelled], [200, '', true]);
  }),
  check(
    'a HEAD for a response with an aborted body gets a response, without an unhandled rejection',
    async () => {
      const body = new ReadableStream({ start: (stream) => stream.error(new Error('reset')) });
      const harness = createHarness(() => reply({ 'cache-control': 'no-store' }, body));
      equal((await harness.get('/', {}, 'HEAD')).status, 200);
      await flush();
    },
  ),
  check('a HEAD with a matching If-None-Match gets a 304', async () => {
    const harness = await createFilled();
    equal((await harness.get('/', { 'if-none-match': ETAG }, 'HEAD')).status, 304);
  }),
];
