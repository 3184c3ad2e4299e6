import { serveDeno, writeDenoStdout } from '../adapters/deno-adapter.ts';
import { openCacheApi } from '../adapters/fetch-adapter.ts';
import { runServer } from '../adapters/server.ts';

await runServer(serveDeno, { cacheApi: await openCacheApi(), writeOut: writeDenoStdout });
