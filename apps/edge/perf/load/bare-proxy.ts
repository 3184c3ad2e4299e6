import { createServer, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import process from 'node:process';

// A minimal proxy: it calls `fetch` and forwards the response without parsing it. The time that it adds is the time of the runtime.
const [port, twilioPort] = process.argv.slice(2).map(Number);

async function forward(path: string, response: ServerResponse): Promise<void> {
  const upstreamResponse = await fetch(`http://127.0.0.1:${twilioPort}${path}`);
  const text = await upstreamResponse.text();
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

const server = createServer(({ url = '/' }, response) => void forward(url, response));
server.listen(port, '127.0.0.1');
await once(server, 'listening');
process.stdout.write('proxy is listening\n');
