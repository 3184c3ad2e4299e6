/** Judges requests of a web page that got no response, for which a browser gives its scripts no reason. */
export interface PageAccess {
  /** Notes that the page could see a response, whatever its status: the server allows the page's origin. */
  noteResponse(): void;
  /**
   * Describes what to do about a request that got no response; undefined if CORS cannot be the reason.
   *
   * `fetch` rejects with the same TypeError for a refusal by CORS and for a broken connection. A page of the server's
   * own origin needs no permission, and a page that has seen a response has it. Otherwise a refusal is likely: it is
   * the first thing that goes wrong when an edge is set up, and it lasts until the edge's settings change.
   */
  explain(fault: unknown): string | undefined;
}

/** Finds out whether this program is a page of another origin than the server's. */
export function createPageAccess(baseUrl: string): PageAccess {
  const origin = findPageOrigin();
  let mayBeRefused = origin !== undefined && origin !== new URL(baseUrl).origin;
  return {
    noteResponse() {
      mayBeRefused = false;
    },
    explain(fault) {
      if (!mayBeRefused || !(fault instanceof TypeError)) return undefined;
      // The edge refuses `null` in its list, since pages of different owners share it.
      return origin === 'null'
        ? 'If the server is reachable, it does not allow this page: a sandboxed frame or a file has no origin that ALLOWED_ORIGINS can list. Serve the page from an origin.'
        : `If the server is reachable, it does not allow pages of ${origin}: add this origin to the ALLOWED_ORIGINS of the edge.`;
    },
  };
}

/** The globals that differ between pages and other programs. */
interface Scope {
  readonly origin?: unknown;
  readonly location?: { readonly origin?: unknown };
  readonly navigator?: { readonly product?: unknown };
}

/**
 * Finds the origin that a browser sends, which is `null` in a sandboxed frame and in a file.
 *
 * A location is not enough, since programs to which CORS does not apply have one too. A page has a document as well. A
 * worker of a browser has importScripts, even if it is a module; other runtimes have WorkerGlobalScope, but not that.
 */
function findPageOrigin(): string | undefined {
  const scope: Scope = globalThis;
  if (!('document' in scope || 'importScripts' in scope)) return undefined;
  const { product } = scope.navigator ?? {};
  // Its libraries may bring a document, and its requests are not subject to CORS.
  if (product === 'ReactNative') return undefined;
  const atLocation = scope.location?.origin;
  if (typeof atLocation !== 'string') return undefined;
  const origin = typeof scope.origin === 'string' ? scope.origin : atLocation;
  return origin === 'file://' ? 'null' : origin;
}
