import { copyString } from '../concurrency/retained-strings.ts';
import type { HttpRequest } from './types.ts';

/** Returns the remote address of a connection. It is a function, because on some runtimes the address costs time. */
export type GetRemoteAddress = () => string | undefined;

/** Returns the identifier of a client. The string is a copy, so that a limiter that stores it does not retain a header. */
export type ClientIdentifier = (request: HttpRequest, getRemoteAddress?: GetRemoteAddress) => string;

/** The identifier of all clients without an address. */
const UNKNOWN_CLIENT = 'unknown';

/** Maximum length of an identifier in a header, characters: limiters store identifiers. */
const MAX_IDENTIFIER_LENGTH = 128;

/**
 * Creates the function that identifies clients: by the header of a trusted proxy, else by the remote address.
 *
 * @param header CLIENT_IP_HEADER in lower case; undefined if it is not set.
 */
export function createClientIdentifier(header: string | undefined): ClientIdentifier {
  return (request, getRemoteAddress) => {
    const identifier = header === undefined ? undefined : lastMember(request.headers.get(header) ?? '');
    return toClientNetwork(identifier ?? getRemoteAddress?.() ?? UNKNOWN_CLIENT);
  };
}

/** Returns the last member of a list, which the proxy appended. The members before it come from the client. */
function lastMember(value: string): string | undefined {
  const member = value.slice(value.lastIndexOf(',') + 1).trim();
  // A copy, because limiters keep identifiers for longer than the header exists.
  return member === '' || member.length > MAX_IDENTIFIER_LENGTH ? undefined : copyString(member);
}

/** An address with a port, as some proxies write it. The port differs in each connection of one client. */
const WITH_PORT = /^(?:\[([\da-f:.]+)(?:%[^\]]*)?\]|(\d+\.\d+\.\d+\.\d+))(?::\d+)?$/i;
const PORT = /^\d{1,5}$/;

/**
 * Converts an address to the network that counts as one client: an IPv4 address, or the /64 of an IPv6 address, in which a subscriber
 * can choose any address. Other text is returned unchanged.
 */
export function toClientNetwork(text: string): string {
  const [, inBrackets, version4] = WITH_PORT.exec(text) ?? [];
  if (version4 !== undefined) return version4;
  const [address = ''] = (inBrackets ?? text).split('%', 1);
  const groups = parseIpv6(address) ?? parseIpv6(withoutPort(address));
  if (groups === undefined) return text;
  // A dual-stack server presents IPv4 in this form. All of IPv4 would be one /64.
  if (groups.slice(0, 6).join() === '0,0,0,0,0,65535') return toIpv4(groups.slice(6));
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`;
}

/**
 * Removes the port of an IPv6 address without brackets. A number that may be a group of the address is taken for a group, and the network
 * is then the same for all ports.
 */
function withoutPort(address: string): string {
  const colon = address.lastIndexOf(':');
  return PORT.test(address.slice(colon + 1)) ? address.slice(0, colon) : address;
}

/** Parses an IPv6 address into its eight groups, or returns undefined if the text is not an IPv6 address. */
function parseIpv6(address: string): readonly number[] | undefined {
  const url = `http://[${address}]`;
  if (!/^[\da-f:.]+$/i.test(address) || !URL.canParse(url)) return undefined;
  const [before = [], after = []] = new URL(url).hostname
    .slice(1, -1)
    .split('::')
    .map((half) => half.split(':').filter((group) => group !== ''));
  const between = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...between, ...after].map((group) => Number.parseInt(group, 16));
}

function toIpv4(groups: readonly number[]): string {
  return groups.flatMap((group) => [group >> 8, group & 255]).join('.');
}
