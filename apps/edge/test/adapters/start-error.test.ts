import { describe, expect, it } from 'vitest';
import { formatListenError, formatStartError } from '../../src/adapters/start-error.ts';

const IN_USE = 'is in use. Stop the other program, or set PORT to a free port.';

function errorWith(message: string, fields: Readonly<Record<string, string | number>>): Error {
  return Object.assign(new Error(message), fields);
}

describe('explainStart', () => {
  it.each([
    [
      'Node',
      errorWith('listen EADDRINUSE: address already in use 127.0.0.1:1', { code: 'EADDRINUSE', port: 8787 }),
      `Port 8787 ${IN_USE}`,
    ],
    ['an error without a port', new Error('Address already in use (os error 98)'), `The port ${IN_USE}`],
    [
      'a setting',
      new Error('PORT must be a number from 1 to 65535.'),
      'PORT must be a number from 1 to 65535.',
    ],
    ['more than one line', new Error('first\nsecond'), 'first'],
    ['what is no error', 'text', 'text'],
  ])('puts the fault into one line: %s', (_what, fault, line) => {
    expect(formatStartError(fault)).toBe(line);
  });
});

describe('explainListen', () => {
  const NOT_HERE =
    'HOST=192.0.2.1 is not an address of this machine. Set HOST to an address such as 127.0.0.1, or to 0.0.0.0 for all addresses.';
  const NOT_ALLOWED =
    'This user may not listen on port 80. Set PORT to 1024 or higher, or give the process the permission to bind it.';

  it.each([
    [
      'a taken port on Node',
      errorWith('listen EADDRINUSE', { code: 'EADDRINUSE', port: 1 }),
      `Port 80 ${IN_USE}`,
    ],
    ['a taken port on Bun', new Error('Failed to start server. Is port 80 in use?'), `Port 80 ${IN_USE}`],
    ['a taken port on Deno', new Error('Address already in use (os error 98)'), `Port 80 ${IN_USE}`],
    [
      'an address of another machine',
      errorWith('listen', { code: 'EADDRNOTAVAIL', syscall: 'listen' }),
      NOT_HERE,
    ],
    [
      'an address of another machine on Deno',
      new Error('Cannot assign requested address (os error 99)'),
      NOT_HERE,
    ],
    ['an unknown name on Node', errorWith('getaddrinfo', { code: 'ENOTFOUND' }), NOT_HERE],
    ['an unknown name without a resolver on Node', errorWith('getaddrinfo', { code: 'EAI_AGAIN' }), NOT_HERE],
    ['an unknown name on Bun', errorWith('ENOENT, listen', { code: 'ENOENT', syscall: 'listen' }), NOT_HERE],
    [
      'an unknown name on Bun after a call that failed',
      errorWith('EINVAL: invalid argument, listen', { code: 'EINVAL', syscall: 'listen' }),
      NOT_HERE,
    ],
    [
      'an invalid IPv4 address on Bun',
      errorWith('ENOTCONN: socket is not connected, listen', { code: 'ENOTCONN', syscall: 'listen' }),
      NOT_HERE,
    ],
    [
      'a process without a free file descriptor on Node',
      errorWith('listen EMFILE: too many open files 192.0.2.1:80', { code: 'EMFILE', syscall: 'listen' }),
      'listen EMFILE: too many open files 192.0.2.1:80',
    ],
    [
      'a process without a free file descriptor on Bun',
      errorWith('EMFILE: too many open files, listen', { code: 'EMFILE', syscall: 'listen' }),
      'EMFILE: too many open files, listen',
    ],
    [
      'a machine without a free file descriptor',
      errorWith('listen ENFILE: file table overflow', { code: 'ENFILE', syscall: 'listen' }),
      'listen ENFILE: file table overflow',
    ],
    [
      'a machine without buffer space',
      errorWith('listen ENOBUFS: no buffer space available', { code: 'ENOBUFS', syscall: 'listen' }),
      'listen ENOBUFS: no buffer space available',
    ],
    [
      'a machine without memory',
      errorWith('listen ENOMEM: not enough memory', { code: 'ENOMEM', syscall: 'listen' }),
      'listen ENOMEM: not enough memory',
    ],
    [
      'a sandbox that forbids it',
      errorWith('listen EPERM: operation not permitted', { code: 'EPERM', syscall: 'listen' }),
      'listen EPERM: operation not permitted',
    ],
    ['an unknown name on Deno', new Error('failed to lookup address information: unknown'), NOT_HERE],
    ['a port of the system', errorWith('Permission denied (os error 13)', { code: 'EACCES' }), NOT_ALLOWED],
    ['a port of the system on Node', errorWith('listen', { code: 'EACCES', syscall: 'listen' }), NOT_ALLOWED],
    ['another error', new Error('first\nsecond'), 'first'],
  ])('returns one line for %s', (_what, fault, line) => {
    expect(formatListenError(fault, { hostname: '192.0.2.1', port: 80 })).toBe(line);
  });
});
