/** Explains requests of a web page that got no response, for which a browser gives its scripts no reason. */
export interface PageAccess {
  /** Records that the page received a response, whatever its status: the server allows the page's origin. */
  recordResponse(): void;
  /**
   * Describes what to do about a request that got no response; undefined if CORS cannot be the reason.
   *
   * `fetch` rejects with the same TypeError if CORS blocks a response and if the connection fails. A page of the server's
   * own origin needs no permission, and a page that has received a response has it. Otherwise CORS is likely: it is the
   * first error in the setup of an edge, and it lasts until the edge's settings change.
   */
  explain(error: unknown): string | undefined;
}

/** Creates the explanations for this program: of use only in a page of another origin than the server's. */
export function createPageAccess(baseUrl: string): PageAccess {
  const origin = findPageOrigin();
  let mayBeBlocked = origin !== undefined && origin !== new URL(baseUrl).origin;
  return {
    recordResponse() {
      mayBeBlocked = false;
    },
    explain(error) {
      if (!mayBeBlocked || !(error instanceof TypeError)) return undefined;
      // The edge does not accept `null` in its list, because pages of different owners share it.
      return origin === 'null'
        ? 'If the server is running, CORS blocks this page: a sandboxed frame or a file has no origin that ALLOWED_ORIGINS can list. Serve the page from an origin.'
        : `If the server is running, CORS blocks this page: add ${origin} to ALLOWED_ORIGINS of the edge.`;
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
 *
 * @returns undefined if CORS does not apply to this program.
 */
function findPageOrigin(): string | undefined {
  const scope: Scope = globalThis;
  if (!('document' in scope || 'importScripts' in scope)) return undefined;
  const { product } = scope.navigator ?? {};
  // Libraries of React Native may define a document, and CORS does not apply to its requests.
  if (product === 'ReactNative') return undefined;
  const locationOrigin = scope.location?.origin;
  if (typeof locationOrigin !== 'string') return undefined;
  const origin = typeof scope.origin === 'string' ? scope.origin : locationOrigin;
  return origin === 'file://' ? 'null' : origin;
}
