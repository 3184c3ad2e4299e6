import { describe, expect, it, vi } from 'vitest';
import { NOW } from '@room-recordings/testing/fake-clock';
import { createTestEdge } from '../support/test-edge.ts';
import { PATH } from '../support/recording.ts';
import { outcome } from './asking.ts';
import { TWILIO_ACCESS, twilioToken } from './tokens.ts';

vi.useFakeTimers({ toFake: ['Date'], now: NOW });

const goodTwilio = twilioToken();

describe('how a token is presented', () => {
  const ask = async (headers: HeadersInit, path = PATH, edge = createTestEdge(undefined, TWILIO_ACCESS)) =>
    outcome(await edge.request(path, { headers }));

  it('S49: the scheme is Bearer in any case', async () => {
    for (const scheme of ['Bearer', 'bearer', 'BEARER', 'Bearer ']) {
      expect(await ask({ Authorization: `${scheme} ${twilioToken()}` })).toBe('200');
    }
  });

  it.each([
    ['no header', '401 token_missing', {}],
    ['Basic', '401 token_missing', { Authorization: 'Basic YTpi' }],
    ['the token alone', '401 token_missing', { Authorization: goodTwilio }],
    ['Bearer alone', '401 token_invalid', { Authorization: 'Bearer' }],
    ['another header', '401 token_missing', { 'X-Token': goodTwilio }],
    ['a cookie', '401 token_missing', { Cookie: `access_token=${goodTwilio}` }],
    ['two tokens', '401 token_invalid', { Authorization: `Bearer ${goodTwilio} ${goodTwilio}` }],
    [
      'two headers in one',
      '401 token_invalid',
      { Authorization: `Bearer ${goodTwilio}, Bearer ${goodTwilio}` },
    ],
    ['quotes', '401 token_invalid', { Authorization: `Bearer "${goodTwilio}"` }],
  ])('S49: %s is answered %s', async (_what, expected, headers) => {
    expect(await ask(headers)).toBe(expected);
  });

  it('S49: two headers are refused', async () => {
    const headers = new Headers({ Authorization: `Bearer ${goodTwilio}` });
    headers.append('Authorization', `Bearer ${goodTwilio}`);
    expect(await ask(headers)).toBe('401 token_invalid');
  });

  it('S49: a token in the query is none, and beside one in the header a fault', async () => {
    const path = `${PATH}?access_token=${goodTwilio}`;
    const headers = { Authorization: `Bearer ${goodTwilio}` };
    const edge = createTestEdge(undefined, TWILIO_ACCESS);
    expect(await ask({}, path, edge)).toBe('401 token_missing');
    expect(await ask(headers, path, edge)).toBe('401 token_invalid');
    expect(await ask(headers, PATH, edge)).toBe('200');
    expect(await ask(headers, path, edge)).toBe('401 token_invalid');
    expect(await ask(headers, `${PATH}?access%5Ftoken=x`, edge)).toBe('401 token_invalid');
    expect(await ask(headers, `${PATH}?other=x`, edge)).toBe('200');
  });
});
