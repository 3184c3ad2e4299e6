import { describe, expect, it } from 'vitest';
import { createClientIdentifier, toClientNetwork } from '../../src/http/client-address.ts';
import { PATH, PUBLIC_URL } from '../support/recording.ts';

function identify(
  headerName: string | undefined,
  headers: Readonly<Record<string, string>>,
  peerAddress?: string,
): string {
  const request = new Request(PUBLIC_URL + PATH, { headers });
  return createClientIdentifier(headerName)(request, () => peerAddress);
}

describe('createClientIdentifier()', () => {
  it('returns the peer address and ignores forwarding headers without CLIENT_IP_HEADER', () => {
    const forged = {
      'X-Forwarded-For': '192.0.2.9',
      'X-Real-IP': '192.0.2.9',
      'CF-Connecting-IP': '192.0.2.9',
    };
    expect(identify(undefined, forged, '192.0.2.1')).toBe('192.0.2.1');
  });

  it.each([
    { name: 'the address in the header', value: '192.0.2.9', client: '192.0.2.9' },
    // A client may send the header itself: the proxy appends the address that it sees.
    { name: 'the last address of a list', value: '10.6.6.6, 192.0.2.9', client: '192.0.2.9' },
    { name: 'an address without its port', value: '192.0.2.9:4711', client: '192.0.2.9' },
    { name: 'the network of an IPv6 address', value: '2001:db8::1', client: '2001:db8:0:0::/64' },
    { name: 'a name that is not an address', value: 'tenant-7', client: 'tenant-7' },
  ])('returns $name with CLIENT_IP_HEADER', ({ value, client }) => {
    expect(identify('x-forwarded-for', { 'X-Forwarded-For': value }, '192.0.2.1')).toBe(client);
  });

  it.each<{ name: string; headers: Readonly<Record<string, string>> }>([
    { name: 'is missing', headers: {} },
    { name: 'is empty', headers: { 'X-Real-IP': '' } },
    { name: 'ends with an empty list member', headers: { 'X-Real-IP': '192.0.2.9, ' } },
    { name: 'is longer than 128 characters', headers: { 'X-Real-IP': 'a'.repeat(129) } },
  ])('returns the peer address if the header $name', ({ headers }) => {
    expect(identify('x-real-ip', headers, '192.0.2.1')).toBe('192.0.2.1');
  });

  it('returns the same name for all clients without an address', () => {
    expect(identify(undefined, {})).toBe(createClientIdentifier(undefined)(new Request(PUBLIC_URL)));
  });
});

describe('toClientNetwork()', () => {
  it.each([
    { address: '192.0.2.1', network: '192.0.2.1' },
    { address: '2001:db8:1:2:3:4:5:6', network: '2001:db8:1:2::/64' },
    { address: '2001:0DB8:0001:0002::', network: '2001:db8:1:2::/64' },
    { address: '2001:db8:1:2::ffff', network: '2001:db8:1:2::/64' },
    { address: '[2001:db8:1:2::1]', network: '2001:db8:1:2::/64' },
    { address: '[2001:db8:1:2::1]:443', network: '2001:db8:1:2::/64' },
    { address: '[fe80::1%eth0]:443', network: 'fe80:0:0:0::/64' },
    { address: '[fe80::1%eth0]', network: 'fe80:0:0:0::/64' },
    { address: '2001:db8:1:2:3:4:5:6:4711', network: '2001:db8:1:2::/64' },
    { address: '2001:db8:1:2::1:4711', network: '2001:db8:1:2::/64' },
    { address: '2001:db8:1:2::1:65535', network: '2001:db8:1:2::/64' },
    { address: '::ffff:192.0.2.1:4711', network: '192.0.2.1' },
    { address: '[::ffff:192.0.2.1]:4711', network: '192.0.2.1' },
    { address: '2001:db8:1:3::', network: '2001:db8:1:3::/64' },
    { address: '::1', network: '0:0:0:0::/64' },
    { address: 'fe80::1%eth0', network: 'fe80:0:0:0::/64' },
    { address: '::ffff:192.0.2.1', network: '192.0.2.1' },
    { address: '::FFFF:c000:201', network: '192.0.2.1' },
    { address: '0:0:0:0:0:ffff:192.0.2.1', network: '192.0.2.1' },
    { address: '64:ff9b::192.0.2.1', network: '64:ff9b:0:0::/64' },
    { address: '2001:db8::ffff:192.0.2.1', network: '2001:db8:0:0::/64' },
    { address: '::1:ffff:192.0.2.1', network: '0:0:0:0::/64' },
    { address: '', network: '' },
    { address: 'unknown', network: 'unknown' },
    { address: 'tenant:7', network: 'tenant:7' },
    { address: '::1:123456', network: '::1:123456' },
    { address: '::1]:80/[', network: '::1]:80/[' },
    { address: '1:2:3', network: '1:2:3' },
    { address: '1::2::3', network: '1::2::3' },
    { address: '12345::', network: '12345::' },
  ])('maps the address "$address" to "$network"', ({ address, network }) => {
    expect(toClientNetwork(address)).toBe(network);
  });
});
