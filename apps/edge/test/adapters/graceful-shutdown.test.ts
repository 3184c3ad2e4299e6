import { describe, expect, it } from 'vitest';
import { shutDown, type ShutDownSteps } from '../../src/adapters/server.ts';
import { RESPONSE_TIMEOUT_MS, ROOM_LOOKUP_TIMEOUT_MS } from '../../src/twilio/resilience/policy.ts';
import { makeClock } from '../clock.ts';

const LONGEST_READ_MS = ROOM_LOOKUP_TIMEOUT_MS + RESPONSE_TIMEOUT_MS;

const never = () => new Promise<void>(() => undefined);

function begin(steps: Partial<ShutDownSteps> = {}) {
  const clock = makeClock();
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
  it('waits for the server, then for the background, then for the log, and leaves no timer', async () => {
    const { clock, done } = begin();
    await clock.pass(0);
    expect(done).toEqual(['server', 'background', 'log', 'exit']);
    expect(clock.waiting()).toBe(0);
  });

  it('waits for the longest read, and writes the log after it', async () => {
    const responses: (() => void)[] = [];
    const stopServer = () => new Promise<void>((resolve) => responses.push(resolve));
    const { clock, done } = begin({ stopServer });
    await clock.pass(LONGEST_READ_MS);
    expect(done).toEqual([]);
    for (const respond of responses) respond();
    await clock.pass(0);
    expect(done).toEqual(['background', 'log', 'exit']);
  });

  it.each<[string, Partial<ShutDownSteps>, readonly string[]]>([
    ['a server that never closes', { stopServer: never }, []],
    ['background work that never ends', { settleBackground: never }, ['server']],
  ])('writes the log before the exit despite %s', async (_what, steps, before) => {
    const { clock, done } = begin(steps);
    await clock.pass(15_999);
    expect(done).toEqual(before);
    await clock.pass(1);
    expect(done).toEqual([...before, 'log', 'exit']);
  });

  it('waits one second for a log that nobody reads', async () => {
    const { clock, done } = begin({ settleLog: never });
    await clock.pass(999);
    expect(done).toEqual(['server', 'background']);
    await clock.pass(1);
    expect(done).toEqual(['server', 'background', 'exit']);
  });

  it('waits one second for the log of a server that never closes', async () => {
    const { clock, done } = begin({ stopServer: never, settleLog: never });
    await clock.pass(16_999);
    expect(done).toEqual([]);
    await clock.pass(1);
    expect(done).toEqual(['exit']);
  });
});
