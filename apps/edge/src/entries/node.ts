import { createServer } from 'node:http';
import { once } from 'node:events';
import { SERVER_OPTIONS, toListener } from './node-http.ts';
import { runProcess } from './process.ts';

await runProcess(async (app, { hostname, port }, outside) => {
  const server = createServer(SERVER_OPTIONS, toListener(app, outside));
  server.listen(port, hostname);
  await once(server, 'listening');
  return async () => {
    server.close();
    server.closeIdleConnections();
    await once(server, 'close');
  };
});
