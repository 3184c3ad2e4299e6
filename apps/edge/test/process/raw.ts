import { connect } from 'node:net';

/** Sends the lines of a request, and a body, as they are, and gives all that comes back, read as UTF-8 or byte by byte. */
export async function sendRaw(
  port: number,
  lines: readonly string[],
  body = '',
  encoding: 'utf8' | 'latin1' = 'utf8',
): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString(encoding)));
  socket.on('error', () => undefined);
  socket.write([...lines, 'Connection: close', '', ''].join('\r\n') + body);
  // Not `once`, which fails where a server resets what it does not want to read.
  await new Promise((resolve) => socket.once('close', resolve));
  return text;
}
