import { resolve } from 'node:path';
import expressManifest from 'express/package.json' with { type: 'json' };
import { findFreePort, start } from '../../test/process/running.ts';
import type { ServedTwilio } from '../load/spawned-server.ts';
import { fetchHit, type Comparison, type Contender } from './target.ts';
import { startGuarded, startProcess, startWorker, TWILIO_PATH } from './targets.ts';
import { startNginx } from './baselines/nginx.ts';
import { startPreparedWorker } from './baselines/static-worker.ts';
import { versionOf } from './wrk.ts';

/** What the edge's throughput is measured against, on each runtime. */
export const COMPARISONS: readonly Comparison[] = [
  {
    name: 'bun',
    target: 1,
    async start() {
      const version = await versionOf({ name: 'nginx', flag: '-v' });
      const { edge } = await startProcess('bun');
      // nginx is to store a hit, which has all the fields.
      await fetchHit(edge);
      return [edge, await startNginx(version, new URL(edge.url))];
    },
  },
  {
    name: 'workerd',
    target: 0.85,
    async start() {
      const edge = await startWorker();
      const answer = await fetchHit(edge);
      return [edge, await startPreparedWorker(answer, new URL(edge.url).pathname)];
    },
  },
  {
    name: 'node',
    target: 1.5,
    async start() {
      const { edge, served } = await startProcess('node');
      return [edge, await startExpress(served.twilio)];
    },
  },
  ...(['node', 'bun'] as const).map((runtime) => ({
    name: `token on ${runtime}`,
    target: 0.85,
    async start() {
      const { edge } = await startProcess(runtime);
      return [await startGuarded(runtime), edge] as const;
    },
  })),
];

async function startExpress(twilio: ServedTwilio): Promise<Contender> {
  const port = await findFreePort();
  const program = resolve(import.meta.dirname, 'baselines/express.ts');
  const command = `node ${program} ${port} ${twilio.port}`;
  const peer = await start(command, { NODE_ENV: 'production' }, 'listening');
  const url = `http://127.0.0.1:${port}${TWILIO_PATH}`;
  await twilio.see();
  await fetchHit({ url });
  const { calls } = await twilio.see();
  if (calls !== 1)
    throw new Error(`express asked Twilio ${calls} times: its answers are not from its cache.`);
  return {
    name: `express ${expressManifest.version} + cors + apicache + twilio`,
    url,
    stop: () => peer.stop(),
  };
}
