import { describe, expect, it } from 'vitest';
import { shutDown, type ShutDownSteps } from '../../src/adapters/server.ts';
import { ROOM_LOOKUP_TIMEOUT_MS, TIMELINE_RESPONSE_TIMEOUT_MS } from '../../src/twilio/resilience/policy.ts';
import { createFakeClock } from '@room-recordings/testing/fake-clock';

const MAX_READ_MS = ROOM_LOOKUP_TIMEOUT_MS + TIMELINE_RESPONSE_TIMEOUT_MS;

const never = () => new Promise<void>(() => undefined);

function startShutdown(steps: Partial<ShutDownSteps> = {}) {
  const clock = createFakeClock();
  const done: string[] = [];
  const step = (name: string) => async () => void done.push(name);
  const ended = shutDown({
    stopServer: step('server'),
    settleBackground: step('background'),
    settleLog: step('log'),
    sleep: clock.sleep,
    ...steps,
  });
  void ended.then(() => done.push('exit'));
  return { clock, done };
}

describe('shutDown()', () => {
  it('waits for the server, then for background work, then for the log, and leaves no timer', async () => {
    const { clock, done } = startShutdown();
    await clock.advance(0);
    expect(done).toEqual(['server', 'background', 'log', 'exit']);
    expect(clock.pending()).toBe(0);
  });

  it('waits for the longest possible read before it writes the log', async () => {
    const responses: (() => void)[] = [];
    const stopServer = () => new Promise<void>((resolve) => responses.push(resolve));
    const { clock, done } = startShutdown({ stopServer });
    await clock.advance(MAX_READ_MS);
    expect(done).toEqual([]);
    for (const respond of responses) respond();
    await clock.advance(0);
    expect(done).toEqual(['background', 'log', 'exit']);
  });

  it.each<{ name: string; steps: Partial<ShutDownSteps>; before: readonly string[] }>([
    { name: 'a server that never closes', steps: { stopServer: never }, before: [] },
    { name: 'background work that never settles', steps: { settleBackground: never }, before: ['server'] },
  ])('writes the log before it resolves despite $name', async ({ steps, before }) => {
    const { clock, done } = startShutdown(steps);
    await clock.advance(23_999);
    expect(done).toEqual(before);
    await clock.advance(1);
    expect(done).toEqual([...before, 'log', 'exit']);
  });

  it('waits at most one second for a log without a reader', async () => {
    const { clock, done } = startShutdown({ settleLog: never });
    await clock.advance(999);
    expect(done).toEqual(['server', 'background']);
    await clock.advance(1);
    expect(done).toEqual(['server', 'background', 'exit']);
  });

  it('waits 24 seconds for a server that never closes, and then one second for the log', async () => {
    const { clock, done } = startShutdown({ stopServer: never, settleLog: never });
    await clock.advance(24_999);
    expect(done).toEqual([]);
    await clock.advance(1);
    expect(done).toEqual(['exit']);
  });
});
