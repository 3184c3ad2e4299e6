import { resolve } from 'node:path';
import expressManifest from 'express/package.json' with { type: 'json' };
import { findFreePort, start } from '../../test/process/edge-process.ts';
import type { SpawnedTwilio } from '../load/spawned-server.ts';
import { fetchHit, type Comparison, type BenchTarget } from './target.ts';
import { startEdgeWithToken, startEdgeProcess, startEdgeWorker, TWILIO_PATH } from './targets.ts';
import { startNginx } from './baselines/nginx.ts';
import { startStaticWorker } from './baselines/static-worker.ts';
import { readVersion } from './wrk.ts';

/** The comparisons of the edge's throughput, one per runtime. */
export const COMPARISONS: readonly Comparison[] = [
  {
    name: 'bun',
    minRatio: 1,
    async start() {
      const version = await readVersion({ name: 'nginx', flag: '-v' });
      const { edge } = await startEdgeProcess('bun');
      // nginx must store a cache hit of the edge, which has all headers.
      await fetchHit(edge);
      return [edge, await startNginx(version, new URL(edge.url))];
    },
  },
  {
    name: 'workerd',
    minRatio: 0.85,
    async start() {
      const edge = await startEdgeWorker();
      const response = await fetchHit(edge);
      return [edge, await startStaticWorker(response, new URL(edge.url).pathname)];
    },
  },
  {
    name: 'node',
    minRatio: 1.5,
    async start() {
      const { edge, spawned } = await startEdgeProcess('node');
      return [edge, await startExpress(spawned.twilio)];
    },
  },
  ...(['node', 'bun'] as const).map((runtime) => ({
    name: `token on ${runtime}`,
    minRatio: 0.85,
    async start() {
      const { edge } = await startEdgeProcess(runtime);
      return [await startEdgeWithToken(runtime), edge] as const;
    },
  })),
];

async function startExpress(twilio: SpawnedTwilio): Promise<BenchTarget> {
  const port = await findFreePort();
  const program = resolve(import.meta.dirname, 'baselines/express.ts');
  const command = `node ${program} ${port} ${twilio.port}`;
  const express = await start(command, { NODE_ENV: 'production' }, 'listening');
  const url = `http://127.0.0.1:${port}${TWILIO_PATH}`;
  await twilio.takeCounts();
  await fetchHit({ url });
  const { calls } = await twilio.takeCounts();
  if (calls !== 1)
    throw new Error(`Express called Twilio ${calls} times, so its responses are not from its cache.`);
  return {
    name: `express ${expressManifest.version} + cors + apicache + twilio`,
    url,
    stop: () => express.stop(),
  };
}
