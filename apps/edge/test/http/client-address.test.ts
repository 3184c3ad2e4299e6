import { describe, expect, it } from 'vitest';
import { createClientIdentifier, toClientNetwork } from '../../src/http/client-address.ts';
import { PATH, PUBLIC_URL } from '../support/recording.ts';

function callerOf(header: string | undefined, fields: Record<string, string>, peer?: string): string {
  return createClientIdentifier(header)(new Request(PUBLIC_URL + PATH, { headers: fields }), () => peer);
}

describe('callersBy', () => {
  it('names callers by the peer’s address, and reads no header that was not named', () => {
    const forged = {
      'X-Forwarded-For': '192.0.2.9',
      'X-Real-IP': '192.0.2.9',
      'CF-Connecting-IP': '192.0.2.9',
    };
    expect(callerOf(undefined, forged, '192.0.2.1')).toBe('192.0.2.1');
  });

  it.each([
    ['the one address', '192.0.2.9', '192.0.2.9'],
    ['the last of a list, since a client may have begun it', '10.6.6.6, 192.0.2.9', '192.0.2.9'],
    ['the address without its port', '192.0.2.9:4711', '192.0.2.9'],
    ['the network of an IPv6 address', '2001:db8::1', '2001:db8:0:0::/64'],
    ['a name', 'tenant-7', 'tenant-7'],
  ])('with CLIENT_IP_HEADER by %s', (_what, value, caller) => {
    expect(callerOf('x-forwarded-for', { 'X-Forwarded-For': value }, '192.0.2.1')).toBe(caller);
  });

  it.each([
    ['is missing', {}],
    ['is empty', { 'X-Real-IP': '' }],
    ['ends in nothing', { 'X-Real-IP': '192.0.2.9, ' }],
    ['is longer than any name', { 'X-Real-IP': 'a'.repeat(129) }],
  ])('falls back to the peer’s address where the header %s', (_what, fields: Record<string, string>) => {
    expect(callerOf('x-real-ip', fields, '192.0.2.1')).toBe('192.0.2.1');
  });

  it('counts callers whom nothing names as one', () => {
    expect(callerOf(undefined, {})).toBe(createClientIdentifier(undefined)(new Request(PUBLIC_URL)));
  });
});

describe('networkOf', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::ffff', '2001:db8:1:2::/64'],
    ['[2001:db8:1:2::1]', '2001:db8:1:2::/64'],
    ['[2001:db8:1:2::1]:443', '2001:db8:1:2::/64'],
    ['[fe80::1%eth0]:443', 'fe80:0:0:0::/64'],
    ['[fe80::1%eth0]', 'fe80:0:0:0::/64'],
    ['2001:db8:1:2:3:4:5:6:4711', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::1:4711', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::1:65535', '2001:db8:1:2::/64'],
    ['::ffff:192.0.2.1:4711', '192.0.2.1'],
    ['[::ffff:192.0.2.1]:4711', '192.0.2.1'],
    ['2001:db8:1:3::', '2001:db8:1:3::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:c000:201', '192.0.2.1'],
    ['0:0:0:0:0:ffff:192.0.2.1', '192.0.2.1'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
    ['2001:db8::ffff:192.0.2.1', '2001:db8:0:0::/64'],
    ['::1:ffff:192.0.2.1', '0:0:0:0::/64'],
    ['', ''],
    ['unknown', 'unknown'],
    ['tenant:7', 'tenant:7'],
    ['::1:123456', '::1:123456'],
    ['::1]:80/[', '::1]:80/['],
    ['1:2:3', '1:2:3'],
    ['1::2::3', '1::2::3'],
    ['12345::', '12345::'],
  ])('of %s is %s', (address, network) => {
    expect(toClientNetwork(address)).toBe(network);
  });

  it('S75: goes over 64 kB once', () => {
    const startedAt = performance.now();
    for (const sign of ['1', ':', '1.', '1:', '[', '%', '[%', '[1%']) toClientNetwork(sign.repeat(32_768));
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});
