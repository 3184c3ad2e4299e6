import type { HeaderReader } from '@room-recordings/http-cache';

/** All of a request that the edge looks at: a body has no meaning here and is never read. A Request is one as it is. */
export interface Asked {
  readonly method: string;
  /** Absolute. */
  readonly url: string;
  /** Gives a header by its lower-case name. */
  readonly headers: HeaderReader;
}
