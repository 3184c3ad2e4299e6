import { constant, constantFrom, oneof, sample, tuple, type Arbitrary } from 'fast-check';

/** Credentials for one recording, and recordings that they must not open. */
export interface BypassTargets {
  /** A path, with its query if it is signed, that opens the client's own recording. */
  readonly own: string;
  /** Header lines of the client's own credential; empty for a signed URL. */
  readonly lines: readonly string[];
  /** Paths of recordings that the credential does not open. */
  readonly victims: readonly string[];
  /** The host of the public URL. */
  readonly host: string;
}

/** Spellings of a path that URL parsers normalize to the same path. */
function spellings(path: string): Arbitrary<string> {
  return constantFrom(
    path,
    path.replaceAll('/', '\\'),
    `/${path.slice(1).replaceAll('/', '\\')}`,
    path.replace('/v1/', '\\v1\\'),
    path.replaceAll('/', '%5C'),
    path.replaceAll('/', '%2F'),
    path.replaceAll('/', '//'),
    `/.${path}`,
    `/x/..${path}`,
    `/x\\..${path}`,
    `/%2e%2e${path}`,
    path.replace('/Recordings/', '/Recordings\\'),
    path.replace(/[a-f]/g, (digit) => digit.toUpperCase()),
    path.replace('/Rooms/', '/R%6Foms/'),
    `${path}%00`,
  );
}

/** Texts that end the path for one parser and are part of it for another. */
const separators: Arbitrary<string> = constantFrom(
  '#',
  '?',
  '?#',
  '#?',
  '%23',
  '%3F',
  ';',
  '\\..\\',
  '/../'.repeat(5),
  '?x=',
  '&',
  '//',
  '@',
  '\t',
  '',
);

/** Paths of the victim and of the client, joined in every order. */
function joined({ own, victims }: BypassTargets): Arbitrary<string> {
  const [ownPath = '', ownQuery = ''] = own.split('?');
  const victim = constantFrom(...victims).chain(spellings);
  return oneof(
    victim,
    tuple(victim, separators).map(([path, separator]) => path + separator + own),
    tuple(victim, separators).map(([path, separator]) => own + separator + path),
    tuple(victim, separators).map(
      ([path, separator]) => ownPath + separator + path + (ownQuery && `?${ownQuery}`),
    ),
    victim.map((path) => `${path}?${ownQuery}`),
    tuple(victim, separators).map(([path, separator]) => `${path}?${ownQuery}${separator}${own}`),
    constant(own),
  );
}

/** Values of a Host header, and of the authority in an absolute-form target. */
function authorities({ host, victims, own }: BypassTargets): Arbitrary<string> {
  const inHost = constantFrom(...victims, own).chain(spellings);
  return oneof(
    { weight: 4, arbitrary: constantFrom(host, 'x', `${host}:443`, host.toUpperCase(), '') },
    {
      weight: 2,
      arbitrary: constantFrom(
        'x?',
        'x#',
        'x\\',
        'x@y',
        `${host}?`,
        `${host}#`,
        `${host}\\`,
        'x, y',
        '[::1]',
        'x/',
      ),
    },
    {
      weight: 3,
      arbitrary: tuple(constantFrom(host, 'x'), inHost, constantFrom('', '?', '#', '\\', '/')).map((parts) =>
        parts.join(''),
      ),
    },
  );
}

/** A target and a Host header that only together may name a victim, for URLs that a runtime joins from the two. */
function split(targets: BypassTargets): Arbitrary<readonly [target: string, hostLine: string]> {
  const { host, own, victims } = targets;
  const victim = constantFrom(...victims).chain((path) =>
    constantFrom(path, path.replaceAll('/', '\\'), `/${path.slice(1).replaceAll('/', '\\')}`),
  );
  const end = constantFrom('?', '#', '\\', '/', '@');
  const inHost = tuple(constantFrom(host, 'x'), victim, end).map(([before, path, mark]) => [
    own,
    `Host: ${before}${path}${mark}`,
  ]);
  const inTarget = tuple(victim, constantFrom('#', '?', '?#'), constantFrom(host, 'x'), end).map(
    ([path, mark, before, after]) => [path + mark + own, `Host: ${before}${after}`],
  );
  // Both arbitraries generate pairs.
  return oneof(inHost, inTarget).map(([target = '', hostLine = '']) => [target, hostLine] as const);
}

/** A target in origin or absolute form, and one or two Host lines. */
function anyForm(targets: BypassTargets): Arbitrary<readonly [target: string, hostLine: string]> {
  const authority = authorities(targets);
  const path = joined(targets);
  const target = oneof(
    { weight: 3, arbitrary: path },
    {
      weight: 2,
      arbitrary: tuple(constantFrom('http://', 'https://', 'HTTP://'), authority, path).map((parts) =>
        parts.join(''),
      ),
    },
  );
  const hostLines = oneof(
    { weight: 3, arbitrary: constant(`Host: ${targets.host}`) },
    { weight: 4, arbitrary: authority.map((value) => `Host: ${value}`) },
    { weight: 1, arbitrary: tuple(authority, authority).map(([one, two]) => `Host: ${one}\r\nhOsT: ${two}`) },
  );
  return tuple(target, hostLines);
}

/** The header lines of a credential: none, one or two. Header names and schemes are case-insensitive, and tokens are not. */
function credentials({ lines, own }: BypassTargets): Arbitrary<readonly string[]> {
  if (lines.length === 0) return constant([]);
  return constantFrom(...lines).chain((line) =>
    constantFrom<(readonly string[])[]>(
      [line],
      [line.replace(/^[^:]*/, (name) => name.toUpperCase())],
      [line.replace(/^[^:]*/, (name) => name.toLowerCase())],
      [line.replace(': Bearer ', ': bEARER ')],
      [line, line],
      [line, `X-Original-URL: ${own}`, `X-Rewrite-URL: ${own}`],
      [],
    ),
  );
}

/** The bytes of a request that tries to read a victim with credentials for another recording. */
function bypassRequest(targets: BypassTargets): Arbitrary<Buffer> {
  const lines = oneof({ weight: 3, arbitrary: anyForm(targets) }, { weight: 1, arbitrary: split(targets) });
  return tuple(constantFrom('GET', 'GET', 'HEAD'), lines, credentials(targets)).map(
    ([method, [target, hostLine], own]) =>
      Buffer.from([`${method} ${target} HTTP/1.1`, hostLine, ...own, '', ''].join('\r\n'), 'latin1'),
  );
}

/** Draws requests. The same seed and targets give the same requests. */
export function drawBypassRequests(count: number, seed: number, targets: BypassTargets): readonly Buffer[] {
  return sample(bypassRequest(targets), { numRuns: count, seed });
}
