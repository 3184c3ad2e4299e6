import { describe, expect, it } from 'vitest';
import { basicAuth, bearerAuth } from '../../src/http/auth.ts';

describe('basicAuth', () => {
  it.each([
    ['the example of RFC 7617', 'Aladdin', 'open sesame', 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=='],
    ['UTF-8, as RFC 7617 shows it', 'test', '123£', 'Basic dGVzdDoxMjPCow=='],
    ['a colon in the password', 'user', 'a:b', 'Basic dXNlcjphOmI='],
    ['an empty password', 'user', '', 'Basic dXNlcjo='],
  ])('writes %s', (_what, user, password, header) => {
    expect(basicAuth(user, password)()).toBe(header);
  });

  it('gives the same value each time', () => {
    const auth = basicAuth('Aladdin', 'open sesame');
    expect(auth()).toBe(auth());
  });
});

describe('bearerAuth', () => {
  it('writes the token of RFC 6750', () => {
    expect(bearerAuth('mF_9.B5f-4.1JqM')()).toBe('Bearer mF_9.B5f-4.1JqM');
  });
});
