import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { bringUpToDate, fetchNpmSuite } from './npm-suite.ts';
import { startProxy } from './proxy.ts';
import { report } from './report.ts';
import { loadSuite } from './suite.ts';

/**
 * Runs the public HTTP cache test suite against the cache in a small proxy, and prints what passes.
 *
 *   --from <checkout>  the suite in a checkout of http-tests/cache-tests, its packages installed
 *   --as-published     npm's older form of the suite, as it is
 *
 * Without either: npm's form, brought up to date.
 */
const { values } = parseArgs({
  options: { from: { type: 'string' }, 'as-published': { type: 'boolean', default: false } },
});
const { from: checkout, 'as-published': isAsPublished } = values;
if (checkout !== undefined && isAsPublished)
  throw new Error('--as-published is of npm’s form: not with --from.');

// A script runs in the folder of its package; a path is meant from where it was typed.
const typedIn = process.env['INIT_CWD'] ?? process.cwd();
const suite = await loadSuite(checkout === undefined ? fetchNpmSuite() : resolve(typedIn, checkout));
if (checkout === undefined && !isAsPublished) suite.tests.forEach(bringUpToDate);

const { url, server } = await startProxy(suite.origin);
const results = await suite.run(url);
server.close();
process.stdout.write(report(suite.tests, results));
// The suite's origin listens on, and nothing else would end it.
process.exit(0);
