import { connect } from 'node:net';

const AT_A_TIME = 16;
const LONGEST_WAIT_MS = 10_000;
/** For the rest of a body whose head is there. */
const LONGEST_BODY_WAIT_MS = 500;

/** Sends bytes, and gives what comes back until an answer is whole or the connection is closed. */
async function send(port: number, bytes: Buffer): Promise<string> {
  const isHead = bytes.toString('latin1', 0, 5) === 'HEAD ';
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.setTimeout(LONGEST_WAIT_MS, () => {
    if (!text.includes('\r\n\r\n')) text += ' hung';
    socket.destroy();
  });
  // A server may reset what it does not want to read.
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    if (isWhole(text, isHead)) socket.destroy();
    else if (text.includes('\r\n\r\n')) socket.setTimeout(LONGEST_BODY_WAIT_MS);
  });
  socket.end(bytes);
  // Not `once`, which fails at a reset.
  await new Promise((resolve) => socket.once('close', resolve));
  return text;
}

/** Whether the first answer that is final has come, with all of its body. */
function isWhole(text: string, isHead: boolean): boolean {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return false;
  const [head, body] = [text.slice(0, end), text.slice(end + 4)];
  if (/^HTTP\/1\.[01] 1\d\d/.test(head)) return isWhole(body, isHead);
  if (isHead || /^HTTP\/1\.[01] (?:204|304)/.test(head)) return true;
  if (/^transfer-encoding: *chunked/im.test(head)) return body.endsWith('0\r\n\r\n');
  const length = /^content-length: *(\d+)/im.exec(head)?.[1];
  return length !== undefined && body.length >= Number(length);
}

const BAD = / hung$|^HTTP\/1\.[01] 500|\bat .*\.[jt]s:|node:internal/;

/** What came of many requests. */
export interface Tally {
  /** The answers that must never be. */
  readonly bad: readonly string[];
  /** How many answers there were of each status; 0 for those that were cut off. */
  readonly statuses: ReadonlyMap<number, number>;
  /** How many problems and recordings were read. */
  readonly bodies: number;
}

/** Sends all, some at a time, and looks through what comes back. */
export async function sendAll(
  port: number,
  requests: Iterator<Buffer> & Iterable<Buffer>,
  secrets: readonly string[],
): Promise<Tally> {
  const bad: string[] = [];
  const statuses = new Map<number, number>();
  let bodies = 0;
  const sendRest = async () => {
    for (const bytes of requests) {
      const answer = await send(port, bytes);
      const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(answer)?.[1] ?? 0);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (/"(?:request_id|links)":/.test(answer)) bodies += 1;
      if (BAD.test(answer) || secrets.some((secret) => answer.includes(secret))) bad.push(answer);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, sendRest));
  return { bad, statuses, bodies };
}
