import { serveNode } from '../adapters/node-adapter.ts';
import { runServer } from '../adapters/server.ts';

await runServer(serveNode);
