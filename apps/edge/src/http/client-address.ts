import type { HttpRequest } from './types.ts';
import { copyString } from '../concurrency/retained-strings.ts';

/** Gives the address at the other end of the connection. Only who needs it calls it, because finding out costs something. */
export type GetRemoteAddress = () => string | undefined;

/** Names who sent a request. A name owns its bytes, so that whoever keeps it keeps no header alive. */
export type ClientIdentifier = (asked: HttpRequest, peerAddress?: GetRemoteAddress) => string;

/** Callers without a name share what one may have. */
const NAMELESS = 'nameless';

/** Of a name that a proxy gives, in characters: names are kept, and nobody is to fill the memory with one. */
const LONGEST_NAME = 128;

/**
 * Names callers by the header that a trusted proxy sets, and by the peer's address where there is none.
 *
 * @param header in lower case.
 */
export function createClientIdentifier(header: string | undefined): ClientIdentifier {
  return (asked, peerAddress) => {
    const named = header === undefined ? undefined : lastMember(asked.headers.get(header) ?? '');
    return toClientNetwork(named ?? peerAddress?.() ?? NAMELESS);
  };
}

/** A proxy adds to the end of a list, and what is before it came from the client, who may have made it up. */
function lastMember(value: string): string | undefined {
  const member = value.slice(value.lastIndexOf(',') + 1).trim();
  // A copy, because limits keep names for longer than the header lives.
  return member === '' || member.length > LONGEST_NAME ? undefined : copyString(member);
}

/** An address with a port behind it, as some proxies write it; each connection would be a caller of its own. */
const WITH_PORT = /^(?:\[([\da-f:.]+)(?:%[^\]]*)?\]|(\d+\.\d+\.\d+\.\d+))(?::\d+)?$/i;
const PORT = /^\d{1,5}$/;

/**
 * The network that counts as one caller: an IPv4 address, and of IPv6 the /64, which is what one subscriber gets and may
 * change the rest of at will. Anything else is a name, and stays.
 */
export function toClientNetwork(name: string): string {
  const [, inBrackets, version4] = WITH_PORT.exec(name) ?? [];
  if (version4 !== undefined) return version4;
  const [address = ''] = (inBrackets ?? name).split('%', 1);
  const groups = readGroups(address) ?? readGroups(withoutPort(address));
  if (groups === undefined) return name;
  // A server that listens on both kinds shows IPv4 this way, and one /64 would hold the whole of it.
  if (groups.slice(0, 6).join() === '0,0,0,0,0,65535') return toVersion4(groups.slice(6));
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`;
}

/**
 * Some write the port behind an IPv6 address without brackets. Where it may be a group of the address it is taken for one, and
 * the network is one for all ports.
 */
function withoutPort(address: string): string {
  const colon = address.lastIndexOf(':');
  return PORT.test(address.slice(colon + 1)) ? address.slice(0, colon) : address;
}

/** The eight numbers of an IPv6 address, in whatever spelling; undefined for what is none. */
function readGroups(address: string): readonly number[] | undefined {
  const url = `http://[${address}]`;
  if (!/^[\da-f:.]+$/i.test(address) || !URL.canParse(url)) return undefined;
  const [before = [], after = []] = new URL(url).hostname
    .slice(1, -1)
    .split('::')
    .map((half) => half.split(':').filter((group) => group !== ''));
  const between = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...between, ...after].map((group) => Number.parseInt(group, 16));
}

function toVersion4(groups: readonly number[]): string {
  return groups.flatMap((group) => [group >> 8, group & 255]).join('.');
}
