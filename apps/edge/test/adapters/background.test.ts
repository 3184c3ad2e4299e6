import { expect, it } from 'vitest';
import { createWaitUntil } from '../../src/adapters/server.ts';

/** Milliseconds after which a test of `settle()` has failed. */
const BOUND_MS = 2000;

it(
  'waits for work that goes on behind answers, for what that begins, and for what fails',
  async () => {
    const { waitUntil, settle } = createWaitUntil();
    const done: string[] = [];
    const workTwice = async () => {
      await Promise.resolve();
      done.push('first');
      waitUntil(Promise.resolve('second').then((text) => done.push(text)));
    };
    waitUntil(workTwice());
    waitUntil(Promise.reject(new Error('lost')));
    await settle();
    expect(done).toEqual(['first', 'second']);
  },
  BOUND_MS,
);

it(
  '`settle()` waits for work that begins when the last work ends',
  async () => {
    const { waitUntil, settle } = createWaitUntil();
    const done: string[] = [];
    const first = Promise.resolve();
    waitUntil(first);
    void first.then(() => waitUntil(Promise.resolve().then(() => done.push('second'))));
    await settle();
    expect(done).toEqual(['second']);
  },
  BOUND_MS,
);

it(
  '`settle()` resolves at once without work, and for each of its callers',
  async () => {
    const { waitUntil, settle } = createWaitUntil();
    await settle();
    waitUntil(Promise.resolve());
    await Promise.all([settle(), settle()]);
  },
  BOUND_MS,
);
