import { createServer, type ServerResponse } from 'node:http';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import process from 'node:process';

// A Twilio with one recording, and its storage, on one port: `storage.ts PORT BYTES`. The file is the head of a seeded VP8 recording and its
// clusters again and again.

const [port = '0', size = '0'] = process.argv.slice(2);
const seed = readFileSync(
  resolve(import.meta.dirname, `../../seed/RM${'a'.repeat(32)}/RT${'a1'.repeat(16)}`),
);
const CLUSTER = Buffer.of(0x1f, 0x43, 0xb6, 0x75);
const CUES = Buffer.of(0x1c, 0x53, 0xbb, 0x6b);
const firstCluster = seed.indexOf(CLUSTER);
const head = Buffer.from(seed.subarray(0, firstCluster));
// The Segment has no size and no Cues, as of a recorder that stopped.
const segment = head.indexOf(Buffer.of(0x18, 0x53, 0x80, 0x67));
head.fill(0xff, segment + 5, segment + 12).writeUInt8(0x01, segment + 4);
const cuesId = head.indexOf(CUES);
if (cuesId >= 0) head.writeUInt8(0x6c, cuesId + 3);
const clusters = seed.subarray(firstCluster, seed.lastIndexOf(CUES));
const copies = Math.max(1, Math.round(Number(size) / clusters.byteLength));
const file = Buffer.concat([head, ...Array.from({ length: copies }, () => clusters)]);

const CHUNK_BYTES = 262_144;

function send(response: ServerResponse, start: number, end: number): void {
  let at = start;
  const write = () => {
    while (at < end) {
      const next = Math.min(end, at + CHUNK_BYTES);
      const isAccepted = response.write(file.subarray(at, next));
      at = next;
      if (!isAccepted) return;
    }
    response.end();
  };
  response.on('drain', write);
  write();
}

createServer((request, response) => {
  const { pathname } = new URL(request.url ?? '/', 'http://storage');
  const [, , , roomSid, , sid, media] = pathname.split('/');
  if (pathname === '/file') {
    const [, first = '0', last = ''] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
    const end = last === '' ? file.byteLength : Math.min(file.byteLength, Number(last) + 1);
    response.writeHead(206, {
      'Content-Length': end - Number(first),
      'Content-Range': `bytes ${first}-${end - 1}/${file.byteLength}`,
      ETag: '"stored"',
    });
    send(response, Number(first), end);
  } else if (media !== undefined) {
    const location = `http://127.0.0.1:${port}/file?X-Amz-Expires=3600`;
    response.writeHead(302, { Location: location }).end(JSON.stringify({ redirect_to: location }));
  } else {
    const recording = {
      status: 'completed',
      sid,
      room_sid: roomSid,
      type: 'video',
      codec: 'VP8',
      container_format: 'mkv',
    };
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify(recording));
  }
}).listen(Number(port), '127.0.0.1', () => process.stdout.write('listening\n'));
