import { describe, expect, it } from 'vitest';
import { basicAuth, bearerAuth } from '../../src/http/auth.ts';

describe('`basicAuth()`', () => {
  it.each([
    {
      name: 'the example of RFC 7617',
      user: 'Aladdin',
      password: 'open sesame',
      header: 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==',
    },
    {
      name: 'the UTF-8 example of RFC 7617',
      user: 'test',
      password: '123£',
      header: 'Basic dGVzdDoxMjPCow==',
    },
    { name: 'a colon in the password', user: 'user', password: 'a:b', header: 'Basic dXNlcjphOmI=' },
    { name: 'an empty password', user: 'user', password: '', header: 'Basic dXNlcjo=' },
  ])('encodes $name', ({ user, password, header }) => {
    expect(basicAuth(user, password)()).toBe(header);
  });

  it('returns the same value each time', () => {
    const auth = basicAuth('Aladdin', 'open sesame');
    expect(auth()).toBe(auth());
  });
});

describe('`bearerAuth()`', () => {
  it('encodes the token of RFC 6750', () => {
    expect(bearerAuth('mF_9.B5f-4.1JqM')()).toBe('Bearer mF_9.B5f-4.1JqM');
  });
});
