import { describe, expect, it } from 'vitest';
import { withConnectionClose } from '../../src/adapters/fetch-adapter.ts';
import { createDeferred } from '../deferred.ts';

const REQUEST = new Request('http://127.0.0.1/');

describe('closeResponses', () => {
  it.each([
    ['a response', () => new Response('x')],
    ['a promise of a response', () => Promise.resolve(new Response('x'))],
  ])('adds `Connection: close` to %s from `close()` on', async (_what, handler) => {
    const { handle, close } = withConnectionClose(handler);
    expect((await handle(REQUEST, undefined)).headers.get('Connection')).toBeNull();
    close();
    expect((await handle(REQUEST, undefined)).headers.get('Connection')).toBe('close');
  });

  it('adds `Connection: close` to a response whose request came before `close()`', async () => {
    const { promise, resolve } = createDeferred<Response>();
    const { handle, close } = withConnectionClose(() => promise);
    const response = handle(REQUEST, undefined);
    close();
    resolve(new Response('x'));
    expect((await response).headers.get('Connection')).toBe('close');
  });

  it('hands both arguments of the runtime to the handler', () => {
    const given: unknown[] = [];
    const { handle } = withConnectionClose((request, info: string) => {
      given.push(request, info);
      return new Response();
    });
    void handle(REQUEST, 'info');
    expect(given).toEqual([REQUEST, 'info']);
    expect(handle, 'Deno hands nothing to a handler without parameters').toHaveLength(2);
  });
});
