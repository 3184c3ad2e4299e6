import process from 'node:process';
import { printAndExit } from './run-cases.ts';

// Calls an exported function of a module, and prints its result as JSON. `callOnRuntime` starts this program.
const [module = '', name = '', args = '[]'] = process.argv.slice(2);
const exported: unknown = ((await import(module)) as Readonly<Record<string, unknown>>)[name];
if (typeof exported !== 'function') throw new TypeError(`${module} does not export a function ${name}.`);
// `callOnRuntime` serializes a list.
const values = JSON.parse(args) as readonly unknown[];
printAndExit(await (exported as (...values: readonly unknown[]) => unknown)(...values));
