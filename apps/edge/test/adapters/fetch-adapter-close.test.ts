import { describe, expect, it } from 'vitest';
import { withConnectionClose } from '../../src/adapters/fetch-adapter.ts';
import { createDeferred } from '@room-recordings/testing/deferred';

const REQUEST = new Request('http://127.0.0.1/');

describe('withConnectionClose', () => {
  it.each([
    { name: 'a response', handler: () => new Response('x') },
    { name: 'a promise of a response', handler: () => Promise.resolve(new Response('x')) },
  ])('adds `Connection: close` to $name after `close()`', async ({ handler }) => {
    const { handle, close } = withConnectionClose(handler);
    expect((await handle(REQUEST, undefined)).headers.get('Connection')).toBeNull();
    close();
    expect((await handle(REQUEST, undefined)).headers.get('Connection')).toBe('close');
  });

  it('adds `Connection: close` to a response whose request arrived before `close()`', async () => {
    const { promise, resolve } = createDeferred<Response>();
    const { handle, close } = withConnectionClose(() => promise);
    const response = handle(REQUEST, undefined);
    close();
    resolve(new Response('x'));
    expect((await response).headers.get('Connection')).toBe('close');
  });

  it('passes both arguments of the runtime to the handler', () => {
    const received: unknown[] = [];
    const { handle } = withConnectionClose((request, info: string) => {
      received.push(request, info);
      return new Response();
    });
    void handle(REQUEST, 'info');
    expect(received).toEqual([REQUEST, 'info']);
    expect(handle, 'Deno passes no Request to a handler without parameters').toHaveLength(2);
  });
});
