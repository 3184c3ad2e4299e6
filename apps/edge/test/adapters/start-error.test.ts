import { describe, expect, it } from 'vitest';
import { formatListenError, formatStartError } from '../../src/adapters/start-error.ts';

const IN_USE = 'is in use. Stop the other program, or set PORT to a free port.';

function errorWith(message: string, properties: Readonly<Record<string, string | number>>): Error {
  return Object.assign(new Error(message), properties);
}

describe('formatStartError()', () => {
  it.each([
    {
      name: 'a port in use on Node',
      error: errorWith('listen EADDRINUSE: address already in use 127.0.0.1:1', {
        code: 'EADDRINUSE',
        port: 8787,
      }),
      line: `Port 8787 ${IN_USE}`,
    },
    {
      name: 'a port in use whose number is not in the error',
      error: new Error('Address already in use (os error 98)'),
      line: `The port ${IN_USE}`,
    },
    {
      name: 'an invalid setting',
      error: new Error('PORT must be a number from 1 to 65535.'),
      line: 'PORT must be a number from 1 to 65535.',
    },
    { name: 'an error of two lines', error: new Error('first\nsecond'), line: 'first' },
    { name: 'a thrown string', error: 'text', line: 'text' },
  ])('returns one line for $name: $line', ({ error, line }) => {
    expect(formatStartError(error)).toBe(line);
  });
});

describe('formatListenError()', () => {
  const INVALID_HOST =
    'HOST=192.0.2.1 is not an address of this machine. Set HOST to an address such as 127.0.0.1, or to 0.0.0.0 for all addresses.';
  const NO_PERMISSION =
    'This user may not listen on port 80. Set PORT to 1024 or higher, or give the process the permission to bind it.';

  it.each([
    {
      name: 'a port in use on Node',
      error: errorWith('listen EADDRINUSE', { code: 'EADDRINUSE', port: 1 }),
      line: `Port 80 ${IN_USE}`,
    },
    {
      name: 'a port in use on Bun',
      error: new Error('Failed to start server. Is port 80 in use?'),
      line: `Port 80 ${IN_USE}`,
    },
    {
      name: 'a port in use on Deno',
      error: new Error('Address already in use (os error 98)'),
      line: `Port 80 ${IN_USE}`,
    },
    {
      name: 'an address of another machine',
      error: errorWith('listen', { code: 'EADDRNOTAVAIL', syscall: 'listen' }),
      line: INVALID_HOST,
    },
    {
      name: 'an address of another machine on Deno',
      error: new Error('Cannot assign requested address (os error 99)'),
      line: INVALID_HOST,
    },
    {
      name: 'an unknown host on Node',
      error: errorWith('getaddrinfo', { code: 'ENOTFOUND' }),
      line: INVALID_HOST,
    },
    {
      name: 'an unknown host without a resolver on Node',
      error: errorWith('getaddrinfo', { code: 'EAI_AGAIN' }),
      line: INVALID_HOST,
    },
    {
      name: 'an unknown host on Bun',
      error: errorWith('ENOENT, listen', { code: 'ENOENT', syscall: 'listen' }),
      line: INVALID_HOST,
    },
    {
      name: 'an unknown host on Bun after another failed call',
      error: errorWith('EINVAL: invalid argument, listen', { code: 'EINVAL', syscall: 'listen' }),
      line: INVALID_HOST,
    },
    {
      name: 'an invalid IPv4 address on Bun',
      error: errorWith('ENOTCONN: socket is not connected, listen', { code: 'ENOTCONN', syscall: 'listen' }),
      line: INVALID_HOST,
    },
    {
      name: 'a process without a free file descriptor on Node',
      error: errorWith('listen EMFILE: too many open files 192.0.2.1:80', {
        code: 'EMFILE',
        syscall: 'listen',
      }),
      line: 'listen EMFILE: too many open files 192.0.2.1:80',
    },
    {
      name: 'a process without a free file descriptor on Bun',
      error: errorWith('EMFILE: too many open files, listen', { code: 'EMFILE', syscall: 'listen' }),
      line: 'EMFILE: too many open files, listen',
    },
    {
      name: 'a machine without a free file descriptor',
      error: errorWith('listen ENFILE: file table overflow', { code: 'ENFILE', syscall: 'listen' }),
      line: 'listen ENFILE: file table overflow',
    },
    {
      name: 'a machine without buffer space',
      error: errorWith('listen ENOBUFS: no buffer space available', { code: 'ENOBUFS', syscall: 'listen' }),
      line: 'listen ENOBUFS: no buffer space available',
    },
    {
      name: 'a machine without memory',
      error: errorWith('listen ENOMEM: not enough memory', { code: 'ENOMEM', syscall: 'listen' }),
      line: 'listen ENOMEM: not enough memory',
    },
    {
      name: 'a sandbox that does not allow a server',
      error: errorWith('listen EPERM: operation not permitted', { code: 'EPERM', syscall: 'listen' }),
      line: 'listen EPERM: operation not permitted',
    },
    {
      name: 'an unknown host on Deno',
      error: new Error('failed to lookup address information: unknown'),
      line: INVALID_HOST,
    },
    {
      name: 'a privileged port on Deno',
      error: errorWith('Permission denied (os error 13)', { code: 'EACCES' }),
      line: NO_PERMISSION,
    },
    {
      name: 'a privileged port on Node',
      error: errorWith('listen', { code: 'EACCES', syscall: 'listen' }),
      line: NO_PERMISSION,
    },
    { name: 'an unknown error of two lines', error: new Error('first\nsecond'), line: 'first' },
  ])('returns one line for $name: $line', ({ error, line }) => {
    expect(formatListenError(error, { hostname: '192.0.2.1', port: 80 })).toBe(line);
  });
});
