import { once } from 'node:events';
import { CONNECTION_LIMITS, createNodeServer } from '../adapters/node-adapter.ts';
import { runServer } from '../adapters/server.ts';

await runServer(async (app, { hostname, port }, outside) => {
  const limits = { ...CONNECTION_LIMITS, keepAliveMs: outside.keepAliveSeconds * 1000 };
  const { server, stop } = createNodeServer(app, limits, outside);
  server.listen(port, hostname);
  await once(server, 'listening');
  return stop;
});
