// The used part of the Workers runtime: its own types would replace the standard ones.
declare module 'cloudflare:workers' {
  /** Keeps the isolate alive for work that continues after the response to the current request. */
  export function waitUntil(work: Promise<unknown>): void;
}
