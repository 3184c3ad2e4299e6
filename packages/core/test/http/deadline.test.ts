import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MAX_TIMEOUT_MS, startDeadline } from '../../src/http/deadline.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});

afterEach(() => {
  vi.useRealTimers();
});

describe('the signal of `startDeadline()` at the timeout', () => {
  it('aborts exactly at the timeout', () => {
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

  it('aborts after the longest delay of a timer', () => {
    expect(MAX_TIMEOUT_MS).toBe(2_147_483_647);
    const { signal } = startDeadline(MAX_TIMEOUT_MS, undefined);
    vi.advanceTimersByTime(MAX_TIMEOUT_MS - 1);
    expect(signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(signal.aborted).toBe(true);
  });

  it('remaining() returns the time that is left', () => {
    const deadline = startDeadline(1000, undefined);
    expect(deadline.remaining()).toBe(1000);
    vi.advanceTimersByTime(400);
    expect(deadline.remaining()).toBe(600);
  });

  it('clear() removes the timer', () => {
    const deadline = startDeadline(1000, undefined);
    expect(vi.getTimerCount()).toBe(1);
    deadline.clear();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('the signal of the user', () => {
  it('aborts the deadline at once, with its reason as the cause', () => {
    const controller = new AbortController();
    const { signal } = startDeadline(1000, controller.signal);
    expect(signal.aborted).toBe(false);
    controller.abort('the user left');
    expect(signal.reason).toMatchObject({
      name: 'RecordingsError',
      code: 'aborted',
      message: 'The signal aborted the read.',
      cause: 'the user left',
    });
  });

  it('aborts a deadline that starts after it', () => {
    const { signal } = startDeadline(1000, AbortSignal.abort('too late'));
    expect(signal.reason).toMatchObject({ code: 'aborted', cause: 'too late' });
  });

  it('stays the reason of the abort after the timeout', () => {
    const controller = new AbortController();
    const { signal } = startDeadline(1000, controller.signal);
    controller.abort('the user left');
    vi.advanceTimersByTime(1000);
    expect(signal.reason).toMatchObject({ code: 'aborted' });
  });

  it('has no listener after clear()', () => {
    const controller = new AbortController();
    const added = vi.spyOn(controller.signal, 'addEventListener');
    const removed = vi.spyOn(controller.signal, 'removeEventListener');
    const deadline = startDeadline(1000, controller.signal);
    deadline.clear();
    expect(removed).toHaveBeenCalledWith('abort', added.mock.calls[0]?.[1]);
    controller.abort();
    expect(deadline.signal.aborted).toBe(false);
  });
});

describe('`race()`', () => {
  const never = new Promise<never>(() => undefined);

  it('resolves with the result of the work', async () => {
    expect(await startDeadline(1000, undefined).race(Promise.resolve('read'))).toBe('read');
  });

  it('rejects with the error of the work', async () => {
    const error = new TypeError('terminated');
    await expect(startDeadline(1000, undefined).race(Promise.reject(error))).rejects.toBe(error);
  });

  it('rejects at the timeout if the work never settles', async () => {
    const ended = expect(startDeadline(1000, undefined).race(never)).rejects.toMatchObject({
      code: 'timeout',
    });
    await vi.advanceTimersByTimeAsync(1000);
    await ended;
  });

  it('rejects on abort if the work never settles', async () => {
    const controller = new AbortController();
    const work = startDeadline(1000, controller.signal).race(never);
    controller.abort('left');
    await expect(work).rejects.toMatchObject({ code: 'aborted', cause: 'left' });
  });

  it('rejects with timeout and not with the AbortError of the work', async () => {
    const deadline = startDeadline(1000, undefined);
    const work = new Promise((_resolve, reject) => {
      deadline.signal.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
    });
    const ended = expect(deadline.race(work)).rejects.toMatchObject({ code: 'timeout' });
    await vi.advanceTimersByTimeAsync(1000);
    await ended;
  });

  it.each([
    { name: 'resolved', work: () => Promise.resolve('late') },
    { name: 'rejected', work: () => Promise.reject(new TypeError('late')) },
  ])('ignores work that is $name after the abort', async ({ work }) => {
    const deadline = startDeadline(1000, AbortSignal.abort('too late'));
    await expect(deadline.race(work())).rejects.toMatchObject({ code: 'aborted', cause: 'too late' });
  });
});

describe('`sleep()`', () => {
  it('waits for the given time', async () => {
    const over = vi.fn();
    const sleep = startDeadline(1000, undefined).sleep(300).then(over);
    await vi.advanceTimersByTimeAsync(299);
    expect(over).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(over).toHaveBeenCalledOnce();
    await sleep;
  });

  it('does not add listeners to the signal', async () => {
    const deadline = startDeadline(1000, undefined);
    const added = vi.spyOn(deadline.signal, 'addEventListener');
    for (const ms of [1, 2, 3]) {
      const sleep = deadline.sleep(ms);
      await vi.advanceTimersByTimeAsync(ms);
      await sleep;
    }
    expect(added).not.toHaveBeenCalled();
  });

  it('rejects at the timeout, and leaves no timer', async () => {
    const deadline = startDeadline(1000, undefined);
    const sleep = expect(deadline.sleep(5000)).rejects.toMatchObject({ code: 'timeout' });
    await vi.advanceTimersByTimeAsync(1000);
    await sleep;
    deadline.clear();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('rejects on abort, and leaves no timer', async () => {
    const controller = new AbortController();
    const deadline = startDeadline(1000, controller.signal);
    const sleep = expect(deadline.sleep(500)).rejects.toMatchObject({ code: 'aborted', cause: 'left' });
    controller.abort('left');
    await sleep;
    deadline.clear();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('rejects at once after the abort', async () => {
    const deadline = startDeadline(1000, AbortSignal.abort('too late'));
    await expect(deadline.sleep(500)).rejects.toMatchObject({ code: 'aborted', cause: 'too late' });
  });
});
