/** What an answer can repeat of the request. */
export interface Answered {
  /** The credentials that were sent, as they came and taken apart. */
  readonly echo: string;
}

const CRLF = '\r\n';

export const JSON_TYPE = 'Content-Type: application/json';

export const json = (value: unknown): string => JSON.stringify(value);

/** Repeats the Authorization of a request as a careless upstream does; empty where it had none. */
export function echoOf(authorization: string | undefined): string {
  if (authorization === undefined) return '';
  return `${authorization} ${Buffer.from(authorization.replace('Basic ', ''), 'base64').toString()}`;
}

/** The head of an answer, which repeats what was sent wherever a head can: in the reason phrase and in fields. */
export function head({ echo }: Answered, status: number, fields: readonly string[]): string {
  const echoes = [`X-Request-Authorization: ${echo}`, `WWW-Authenticate: Basic realm="${echo}"`];
  return [`HTTP/1.1 ${status} ${echo}`, ...echoes, ...fields, '', ''].join(CRLF);
}

/** The bytes of an answer, its length said and the connection closed. */
export function write(
  answered: Answered,
  status: number,
  fields: readonly string[],
  body: string | Buffer,
): Buffer {
  const bytes = Buffer.from(body);
  const length = [100, 103, 204, 304].includes(status) ? [] : [`Content-Length: ${bytes.byteLength}`];
  return Buffer.concat([
    Buffer.from(head(answered, status, [...fields, ...length, 'Connection: close'])),
    bytes,
  ]);
}
