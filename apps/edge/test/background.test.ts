import { expect, it } from 'vitest';
import { trackBackground } from '../src/entries/background.ts';

it('waits for work that goes on behind answers, for what that begins, and for what fails', async () => {
  const { waitUntil, settle } = trackBackground();
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
});
