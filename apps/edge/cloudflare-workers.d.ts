// The part of the Workers runtime that is used; its own types would replace the standard ones.
declare module 'cloudflare:workers' {
  /** Keeps the isolate awake for work that outlives the answer to the request at hand. */
  export function waitUntil(work: Promise<unknown>): void;
}
