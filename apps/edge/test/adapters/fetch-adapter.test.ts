import { expect, test } from 'vitest';
import { createResponseFactory } from '../../src/adapters/fetch-adapter.ts';
import type { HttpResponse } from '../../src/http/types.ts';

const BODY = new TextEncoder().encode('{"sid":"RT"}');

function createResponse(
  requestId: string,
  others: HttpResponse['headers'] = [['age', '1']],
  body = BODY,
): HttpResponse {
  return { status: 200, headers: [['vary', 'Origin'], ...others, ['x-request-id', requestId]], body };
}

const listHeaders = ({ headers }: Response) => [...headers];

test('each of several cache hits has its own request id and the other headers', async () => {
  const toResponse = createResponseFactory();
  const responses = ['a', 'b', 'c'].map((id) => toResponse(createResponse(id)));
  expect(responses.map(listHeaders)).toEqual(
    ['a', 'b', 'c'].map((id) => [
      ['age', '1'],
      ['vary', 'Origin'],
      ['x-request-id', id],
    ]),
  );
  expect(await Promise.all(responses.map((response) => response.text()))).toEqual(
    Array.from({ length: 3 }, () => '{"sid":"RT"}'),
  );
});

test('a change of the headers of one Response does not affect another one', () => {
  const toResponse = createResponseFactory();
  toResponse(createResponse('a')).headers.set('vary', '*');
  toResponse(createResponse('b')).headers.append('x-more', '1');
  expect(listHeaders(toResponse(createResponse('c')))).toEqual([
    ['age', '1'],
    ['vary', 'Origin'],
    ['x-request-id', 'c'],
  ]);
});

test.each<{ name: string; others: HttpResponse['headers'] }>([
  { name: 'a header with another value', others: [['age', '2']] },
  { name: 'a header with another name', others: [['ttl', '1']] },
  {
    name: 'an additional header',
    others: [
      ['age', '1'],
      ['server-timing', 'edge;dur=1'],
    ],
  },
  { name: 'a missing header', others: [] },
])('a response that differs from the previous one by $name has its own headers', ({ others }) => {
  const toResponse = createResponseFactory();
  toResponse(createResponse('a'));
  const expected = new Headers(createResponse('b', others).headers);
  expect(listHeaders(toResponse(createResponse('b', others)))).toEqual([...expected]);
  expect(listHeaders(toResponse(createResponse('c')))).toEqual([...new Headers(createResponse('c').headers)]);
});

test('a trailing header that is absent from the next response is not sent again', () => {
  const toResponse = createResponseFactory();
  const response = createResponse('a');
  toResponse({ ...response, headers: [...response.headers, ['server-timing', 'edge;dur=1']] });
  expect(toResponse(createResponse('b')).headers.has('server-timing')).toBe(false);
});

test('responses with two alternating bodies keep their own headers', () => {
  const toResponse = createResponseFactory();
  const other = new TextEncoder().encode('{}');
  for (const id of ['a', 'b', 'c']) {
    toResponse(createResponse(id, [['etag', 'one']]));
    const response = toResponse(createResponse(`${id}${id}`, [['etag', 'two']], other));
    expect(response.headers.get('etag')).toBe('two');
    expect(response.headers.get('x-request-id')).toBe(`${id}${id}`);
  }
});

test('a response without a request id or without a body has its own headers', async () => {
  const toResponse = createResponseFactory();
  const bare: HttpResponse = { status: 200, headers: [['vary', 'Origin']], body: BODY };
  for (let count = 0; count < 2; count += 1)
    expect(listHeaders(toResponse(bare))).toEqual([['vary', 'Origin']]);
  const empty = toResponse({ ...createResponse('a'), status: 304, body: null });
  expect([empty.status, empty.body, empty.headers.get('x-request-id')]).toEqual([304, null, 'a']);
});
