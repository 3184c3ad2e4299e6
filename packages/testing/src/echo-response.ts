/** The part of a request that a response can echo. */
export interface Echo {
  /** The credentials of the request, encoded and decoded. */
  readonly echo: string;
}

export const CRLF = '\r\n';

/** The header line of a JSON body. */
export const JSON_TYPE = 'Content-Type: application/json';

/** Returns the Authorization of a request and its decoded credentials, as a careless upstream echoes them; empty without one. */
export function echoCredentials(authorization: string | undefined): string {
  if (authorization === undefined) return '';
  return `${authorization} ${Buffer.from(authorization.replace('Basic ', ''), 'base64').toString()}`;
}

/** Returns the head of a response, with the echo in every place for text: the reason phrase and header values. */
export function formatHead({ echo }: Echo, status: number, headers: readonly string[]): string {
  const echoes = [`X-Request-Authorization: ${echo}`, `WWW-Authenticate: Basic realm="${echo}"`];
  return [`HTTP/1.1 ${status} ${echo}`, ...echoes, ...headers, '', ''].join(CRLF);
}

/** Returns the bytes of a response with its Content-Length and `Connection: close`. */
export function formatResponse(
  echo: Echo,
  status: number,
  headers: readonly string[],
  body: string | Buffer,
): Buffer {
  const bytes = Buffer.from(body);
  const length = [100, 103, 204, 304].includes(status) ? [] : [`Content-Length: ${bytes.byteLength}`];
  const head = formatHead(echo, status, [...headers, ...length, 'Connection: close']);
  return Buffer.concat([Buffer.from(head), bytes]);
}
