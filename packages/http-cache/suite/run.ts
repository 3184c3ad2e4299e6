import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { updateTest, fetchNpmSuite } from './npm-suite.ts';
import { startProxy } from './proxy.ts';
import { report } from './report.ts';
import { loadSuite } from './suite.ts';

/**
 * Runs the public HTTP cache test suite against the cache in a small proxy, and prints the results.
 *
 *   --from <checkout>  the suite in a checkout of http-tests/cache-tests, its packages installed
 *   --as-published     the older form of the suite on npm, unchanged
 *
 * Without either option, it runs the npm form with updated requirements.
 */
const { values } = parseArgs({
  options: { from: { type: 'string' }, 'as-published': { type: 'boolean', default: false } },
});
const { from: checkout, 'as-published': isAsPublished } = values;
if (checkout !== undefined && isAsPublished)
  throw new Error('Use --as-published without --from: it selects the npm form of the suite.');

// A package script runs in the folder of its package, but the path is relative to the folder of the command.
const commandFolder = process.env['INIT_CWD'] ?? process.cwd();
const suite = await loadSuite(checkout === undefined ? fetchNpmSuite() : resolve(commandFolder, checkout));
if (checkout === undefined && !isAsPublished) suite.tests.forEach(updateTest);

const { url, server } = await startProxy(suite.origin);
const results = await suite.run(url);
server.close();
process.stdout.write(report(suite.tests, results));
// The origin of the suite keeps listening, so the process must exit.
process.exit(0);
