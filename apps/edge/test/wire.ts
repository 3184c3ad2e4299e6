import type { TestEdge } from './support/test-edge.ts';
import { sendRaw } from './process/raw.ts';
import { PATH } from './support/recording.ts';

/** An answer as it came over the wire. */
export interface WireAnswer {
  readonly status: number;
  /** The values of a field, in their order. */
  fields(name: string): readonly string[];
  readonly body: string;
}

/** What a request has besides its version and Host, as it is sent. */
export interface WireRequest {
  readonly method?: string;
  readonly path?: string;
  readonly fields?: readonly string[];
}

/** Sends a request to an edge as bytes, with fields that no fetch would send, and reads what comes back as bytes. */
export async function sendOverWire(
  { address }: Pick<TestEdge, 'address'>,
  { method = 'GET', path = PATH, fields = [] }: WireRequest = {},
): Promise<WireAnswer> {
  const port = Number(new URL(await address).port);
  return readAnswer(await sendRaw(port, [`${method} ${path} HTTP/1.1`, 'Host: 127.0.0.1', ...fields]));
}

function readAnswer(text: string): WireAnswer {
  const [head = '', ...body] = text.split('\r\n\r\n');
  const [line = '', ...lines] = head.split('\r\n');
  const fields = lines.map((field) => {
    const [name = '', ...value] = field.split(': ');
    return { name: name.toLowerCase(), value: value.join(': ') };
  });
  return {
    status: Number(line.split(' ')[1]),
    fields: (name) => fields.filter((field) => field.name === name).map(({ value }) => value),
    body: body.join('\r\n\r\n'),
  };
}
