import { createServer, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import process from 'node:process';

// The least that passes an answer on: `fetch`, and nothing that looks at what came. What this adds is the runtime's part.
const [port, twilioPort] = process.argv.slice(2).map(Number);

async function pass(path: string, answer: ServerResponse): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${twilioPort}${path}`);
  const text = await response.text();
  answer.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  answer.end(text);
}

const server = createServer(({ url = '/' }, answer) => void pass(url, answer));
server.listen(port, '127.0.0.1');
await once(server, 'listening');
process.stdout.write('proxy is listening\n');
