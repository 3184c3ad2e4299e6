import { FAKE_CLOCK, type Figure } from '../measurement.ts';
import { answerWith, makeBarrier, startInProcess } from '../in-process.ts';
import { pathOf, recordingAt, versionIn } from '../recordings.ts';

/** Who is on the way when a key is purged: the first read of it, or a refresh behind a stale answer. */
type OnTheWay = 'miss' | 'refresh';

/** Whether an answer that was on its way when its key was purged is ever served to those who ask afterwards. */
export async function measureInvalidation(keys = 200): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const onTheWay of ['miss', 'refresh'] as const) {
    let old = 0;
    let calls = 0;
    for (let nth = 0; nth < keys; nth += 1) {
      const came = await purgeOneThatIsFetched(onTheWay, nth);
      old += came.old;
      calls += came.calls;
    }
    figures.push({
      name: `invalidation during a ${onTheWay}`,
      target: '0 older answers, 1 new call',
      measured: `${old} older answers, ${calls / keys} new calls a key`,
      isMet: old === 0 && calls === keys,
      runtime: FAKE_CLOCK,
      method: `${keys} keys, purged while the upstream held the older version; asked before and after it came; per process or isolate`,
    });
  }
  return figures;
}

async function purgeOneThatIsFetched(
  onTheWay: OnTheWay,
  nth: number,
): Promise<{ readonly old: number; readonly calls: number }> {
  let version = 1;
  const barrier = makeBarrier(async (path) => answerWith(recordingAt(path, version)));
  const variables = { LIFETIME_COMPLETED: '10/60/60' };
  const edge = startInProcess({ upstream: barrier.upstream, variables });
  const path = pathOf(nth);
  if (onTheWay === 'refresh') {
    const stored = edge.ask(path);
    await edge.clock.advance(0);
    barrier.open();
    await stored;
    barrier.close();
    await edge.clock.advance(10_000);
  }
  const before = edge.ask(path);
  await edge.clock.advance(0);
  await edge.purge(path);
  version = 2;
  const callsBefore = edge.calls();
  const meanwhile = edge.ask(path);
  await edge.clock.advance(0);
  // Both come at once, the older one first.
  barrier.open();
  await before;
  const replies = [await meanwhile, await edge.ask(path)];
  return {
    old: replies.filter(({ body }) => versionIn(body) !== 2).length,
    calls: edge.calls() - callsBefore,
  };
}
