import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePort } from '../../../test/process/edge-process.ts';
import type { BenchTarget } from '../target.ts';

/** Starts a caching nginx in front of an edge. It stores the edge's response, so that its cache hits have the same body and headers. */
export async function startNginx(version: string, edge: URL): Promise<BenchTarget> {
  const port = await findFreePort();
  const folder = mkdtempSync(join(tmpdir(), 'bench-nginx-'));
  // If root starts nginx, its worker runs as another user.
  chmodSync(folder, 0o777);
  const path = join(folder, 'nginx.conf');
  writeFileSync(path, createConfiguration(folder, port, edge.origin));
  const child = spawn('nginx', ['-p', folder, '-e', 'stderr', '-c', path], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const url = `http://127.0.0.1:${port}${edge.pathname}`;
  await waitForHit(url);
  return {
    name: `${version} proxy_cache, 1 worker`,
    url,
    async stop() {
      child.kill('SIGQUIT');
      await once(child, 'close');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function createConfiguration(folder: string, port: number, origin: string): string {
  return `
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
events { worker_connections 1024; }
http {
  access_log off;
  server_tokens off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  open_file_cache max=1000;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  proxy_cache_path ${folder}/cache keys_zone=recordings:10m inactive=1h;
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass ${origin};
      proxy_cache recordings;
    }
  }
}
`;
}

/** Waits until nginx responds twice with the same request id: then the response is the stored one. */
async function waitForHit(url: string): Promise<void> {
  let last: string | null = null;
  for (let tries = 0; tries < 50; tries += 1) {
    try {
      const response = await fetch(url);
      await response.text();
      const requestId = response.headers.get('x-request-id');
      if (requestId !== null && requestId === last) return;
      last = requestId;
    } catch {
      // nginx does not listen yet.
    }
    await sleep(100);
  }
  throw new Error('nginx does not respond from its cache. See its log above.');
}
