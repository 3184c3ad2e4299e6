import type { TestProject } from 'vitest/node';
import { openOrigin } from './origin.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The URL of the origin server, which workerd cannot open itself. */
    readonly wireOrigin: string;
  }
}

/** Opens the origin server for the tests in workerd, and returns a function that closes it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const origin = await openOrigin();
  project.provide('wireOrigin', origin.url);
  return () => origin.close();
}
