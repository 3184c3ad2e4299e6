import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MAX_TIMEOUT_MS, startDeadline } from '../../src/http/deadline.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});

afterEach(() => {
  vi.useRealTimers();
});

describe('the time limit', () => {
  it('ends the work when it is over, and not a moment before', () => {
    const { signal } = startDeadline(1000, undefined);
    vi.advanceTimersByTime(999);
    expect(signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toMatchObject({
      name: 'RecordingsError',
      code: 'timeout',
      message: 'The read did not complete within 1000 ms.',
    });
  });

  it('may be as long as timers can count, and no longer', () => {
    expect(MAX_TIMEOUT_MS).toBe(2_147_483_647);
    const { signal } = startDeadline(MAX_TIMEOUT_MS, undefined);
    vi.advanceTimersByTime(MAX_TIMEOUT_MS - 1);
    expect(signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(signal.aborted).toBe(true);
  });

  it('says how much of it is left', () => {
    const deadline = startDeadline(1000, undefined);
    expect(deadline.remaining()).toBe(1000);
    vi.advanceTimersByTime(400);
    expect(deadline.remaining()).toBe(600);
  });

  it('takes its timer away at the end', () => {
    const deadline = startDeadline(1000, undefined);
    expect(vi.getTimerCount()).toBe(1);
    deadline.clear();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('the caller’s signal', () => {
  it('ends the work at once, with its reason as the cause', () => {
    const caller = new AbortController();
    const { signal } = startDeadline(1000, caller.signal);
    expect(signal.aborted).toBe(false);
    caller.abort('the user left');
    expect(signal.reason).toMatchObject({
      name: 'RecordingsError',
      code: 'aborted',
      message: 'The signal aborted the read.',
      cause: 'the user left',
    });
  });

  it('ends the work before it begins when it has ended already', () => {
    const { signal } = startDeadline(1000, AbortSignal.abort('too late'));
    expect(signal.reason).toMatchObject({ code: 'aborted', cause: 'too late' });
  });

  it('stays the reason when the time limit is over later', () => {
    const caller = new AbortController();
    const { signal } = startDeadline(1000, caller.signal);
    caller.abort('the user left');
    vi.advanceTimersByTime(1000);
    expect(signal.reason).toMatchObject({ code: 'aborted' });
  });

  it('is let go of at the end', () => {
    const caller = new AbortController();
    const added = vi.spyOn(caller.signal, 'addEventListener');
    const removed = vi.spyOn(caller.signal, 'removeEventListener');
    const deadline = startDeadline(1000, caller.signal);
    deadline.clear();
    expect(removed).toHaveBeenCalledWith('abort', added.mock.calls[0]?.[1]);
    caller.abort();
    expect(deadline.signal.aborted).toBe(false);
  });
});

describe('within', () => {
  const never = new Promise<never>(() => undefined);

  it('gives what the work gives', async () => {
    expect(await startDeadline(1000, undefined).race(Promise.resolve('read'))).toBe('read');
  });

  it('fails as the work fails while nothing has ended it', async () => {
    const fault = new TypeError('terminated');
    await expect(startDeadline(1000, undefined).race(Promise.reject(fault))).rejects.toBe(fault);
  });

  it('ends work that never ends with the time limit', async () => {
    const ended = expect(startDeadline(1000, undefined).race(never)).rejects.toMatchObject({
      code: 'timeout',
    });
    await vi.advanceTimersByTimeAsync(1000);
    await ended;
  });

  it('ends work that never ends with the caller', async () => {
    const caller = new AbortController();
    const work = startDeadline(1000, caller.signal).race(never);
    caller.abort('left');
    await expect(work).rejects.toMatchObject({ code: 'aborted', cause: 'left' });
  });

  it('names what ended the work and not the fault that came of it', async () => {
    const deadline = startDeadline(1000, undefined);
    const work = new Promise((_resolve, reject) => {
      deadline.signal.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
    });
    const ended = expect(deadline.race(work)).rejects.toMatchObject({ code: 'timeout' });
    await vi.advanceTimersByTimeAsync(1000);
    await ended;
  });

  it.each([
    ['given', () => Promise.resolve('late')],
    ['failed', () => Promise.reject(new TypeError('late'))],
  ])('does not count what is %s after the end', async (_what, work) => {
    const deadline = startDeadline(1000, AbortSignal.abort('too late'));
    await expect(deadline.race(work())).rejects.toMatchObject({ code: 'aborted', cause: 'too late' });
  });
});

describe('pause', () => {
  it('waits as long as it is told', async () => {
    const over = vi.fn();
    const pause = startDeadline(1000, undefined).sleep(300).then(over);
    await vi.advanceTimersByTimeAsync(299);
    expect(over).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(over).toHaveBeenCalledOnce();
    await pause;
  });

  it('adds nothing to the signal, however often it waits', async () => {
    const deadline = startDeadline(1000, undefined);
    const added = vi.spyOn(deadline.signal, 'addEventListener');
    for (const ms of [1, 2, 3]) {
      const pause = deadline.sleep(ms);
      await vi.advanceTimersByTimeAsync(ms);
      await pause;
    }
    expect(added).not.toHaveBeenCalled();
  });

  it('ends with the time limit, and leaves no timer', async () => {
    const deadline = startDeadline(1000, undefined);
    const pause = expect(deadline.sleep(5000)).rejects.toMatchObject({ code: 'timeout' });
    await vi.advanceTimersByTimeAsync(1000);
    await pause;
    deadline.clear();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends with the caller, and leaves no timer', async () => {
    const caller = new AbortController();
    const deadline = startDeadline(1000, caller.signal);
    const pause = expect(deadline.sleep(500)).rejects.toMatchObject({ code: 'aborted', cause: 'left' });
    caller.abort('left');
    await pause;
    deadline.clear();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does not begin after the end', async () => {
    const deadline = startDeadline(1000, AbortSignal.abort('too late'));
    await expect(deadline.sleep(500)).rejects.toMatchObject({ code: 'aborted', cause: 'too late' });
  });
});
