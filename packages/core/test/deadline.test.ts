import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startDeadline } from '../src/deadline.ts';

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
      message: 'No complete answer came within 1000 ms.',
    });
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
    deadline.end();
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
      message: 'The caller ended the request.',
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
    deadline.end();
    expect(removed).toHaveBeenCalledWith('abort', added.mock.calls[0]?.[1]);
    caller.abort();
    expect(deadline.signal.aborted).toBe(false);
  });
});

describe('explain', () => {
  const fault = new TypeError('terminated');

  it('gives the fault back while nothing has ended the work', () => {
    expect(startDeadline(1000, undefined).explain(fault)).toBe(fault);
  });

  it('names the time limit in its place when that is over', () => {
    const deadline = startDeadline(1000, undefined);
    vi.advanceTimersByTime(1000);
    expect(deadline.explain(fault)).toMatchObject({ code: 'timeout' });
  });
});

describe('pause', () => {
  it('waits as long as it is told and leaves no listener', async () => {
    const deadline = startDeadline(1000, undefined);
    const added = vi.spyOn(deadline.signal, 'addEventListener');
    const removed = vi.spyOn(deadline.signal, 'removeEventListener');
    const over = vi.fn();
    const pause = deadline.pause(300).then(over);
    await vi.advanceTimersByTimeAsync(299);
    expect(over).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(over).toHaveBeenCalledOnce();
    await pause;
    expect(removed).toHaveBeenCalledWith('abort', added.mock.calls[0]?.[1]);
  });

  it('ends with the time limit, and leaves no timer', async () => {
    const deadline = startDeadline(1000, undefined);
    const pause = expect(deadline.pause(5000)).rejects.toMatchObject({ code: 'timeout' });
    await vi.advanceTimersByTimeAsync(1000);
    await pause;
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends with the caller', async () => {
    const caller = new AbortController();
    const deadline = startDeadline(1000, caller.signal);
    const pause = expect(deadline.pause(500)).rejects.toMatchObject({ code: 'aborted', cause: 'left' });
    caller.abort('left');
    await pause;
    deadline.end();
    expect(vi.getTimerCount()).toBe(0);
  });
});
