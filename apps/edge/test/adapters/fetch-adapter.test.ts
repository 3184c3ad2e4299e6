import { expect, test } from 'vitest';
import { createResponseFactory } from '../../src/adapters/fetch-adapter.ts';
import type { HttpResponse } from '../../src/http/types.ts';

const BODY = new TextEncoder().encode('{"sid":"RT"}');

function replyWith(
  requestId: string,
  others: HttpResponse['headers'] = [['age', '1']],
  body = BODY,
): HttpResponse {
  return { status: 200, headers: [['vary', 'Origin'], ...others, ['x-request-id', requestId]], body };
}

const fieldsOf = ({ headers }: Response) => [...headers];

test('each of many hits has the fields of its reply and an id of its own', async () => {
  const toResponse = createResponseFactory();
  const responses = ['a', 'b', 'c'].map((id) => toResponse(replyWith(id)));
  expect(responses.map(fieldsOf)).toEqual(
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

test('what is written into the headers of a Response is in no other one', () => {
  const toResponse = createResponseFactory();
  toResponse(replyWith('a')).headers.set('vary', '*');
  toResponse(replyWith('b')).headers.append('x-more', '1');
  expect(fieldsOf(toResponse(replyWith('c')))).toEqual([
    ['age', '1'],
    ['vary', 'Origin'],
    ['x-request-id', 'c'],
  ]);
});

test.each<readonly [what: string, others: HttpResponse['headers']]>([
  ['with another value', [['age', '2']]],
  ['under another name', [['ttl', '1']]],
  [
    'and one more',
    [
      ['age', '1'],
      ['server-timing', 'edge;dur=1'],
    ],
  ],
  ['and none', []],
])('a field that comes %s than in the reply before is sent as it is now', (_, others) => {
  const toResponse = createResponseFactory();
  toResponse(replyWith('a'));
  const expected = new Headers(replyWith('b', others).headers);
  expect(fieldsOf(toResponse(replyWith('b', others)))).toEqual([...expected]);
  expect(fieldsOf(toResponse(replyWith('c')))).toEqual([...new Headers(replyWith('c').headers)]);
});

test('a field that came last and is gone is sent no more', () => {
  const toResponse = createResponseFactory();
  const reply = replyWith('a');
  toResponse({ ...reply, headers: [...reply.headers, ['server-timing', 'edge;dur=1']] });
  expect(toResponse(replyWith('b')).headers.has('server-timing')).toBe(false);
});

test('two bodies keep their fields apart, however they take turns', () => {
  const toResponse = createResponseFactory();
  const other = new TextEncoder().encode('{}');
  for (const id of ['a', 'b', 'c']) {
    toResponse(replyWith(id, [['etag', 'one']]));
    const response = toResponse(replyWith(`${id}${id}`, [['etag', 'two']], other));
    expect(response.headers.get('etag')).toBe('two');
    expect(response.headers.get('x-request-id')).toBe(`${id}${id}`);
  }
});

test('a reply without an id or a body is sent as it is', async () => {
  const toResponse = createResponseFactory();
  const bare: HttpResponse = { status: 200, headers: [['vary', 'Origin']], body: BODY };
  for (let nth = 0; nth < 2; nth += 1) expect(fieldsOf(toResponse(bare))).toEqual([['vary', 'Origin']]);
  const empty = toResponse({ ...replyWith('a'), status: 304, body: null });
  expect([empty.status, empty.body, empty.headers.get('x-request-id')]).toEqual([304, null, 'a']);
});
