import { runAll } from './report.ts';

// Bun and Deno also report a version of Node.
const runtime = ['bun', 'deno'].find((name) => name in process.versions) ?? 'node';
process.stdout.write(`${JSON.stringify(await runAll(runtime))}\n`);
