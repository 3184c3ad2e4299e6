import { findRoute, type RecordingId, type Route } from './route.ts';

/** Where a URL leads. */
export interface Place {
  /** Undefined where nothing is. */
  readonly route: Route | undefined;
  readonly isTooLong: boolean;
  /** The origin in what is answered. */
  readonly publicUrl: string;
  /** The recording that is asked for, and what its answer is stored under. */
  readonly target: Target | undefined;
}

/** A recording and its key in the cache. */
export interface Target {
  readonly id: RecordingId;
  readonly key: string;
}

/** Makes a recording's key in the cache. */
export type KeyOf = (id: RecordingId, publicUrl: string) => string;

/** Characters. */
const LONGEST_URL = 4096;
const LONGEST_QUERY = 2048;

/** URLs that are remembered, twice as many at most, and the characters of each: a signed one has less than 400. */
const MOST_REMEMBERED = 4096;
const LONGEST_REMEMBERED = 512;

/**
 * Finds where URLs lead, and remembers those of recordings, so that a URL seen before costs one look-up.
 *
 * Without a public URL each request's own origin stands in.
 */
export function findPlaces(publicUrl: string | undefined, keyOf: KeyOf): (url: string) => Place {
  let recent = new Map<string, Place>();
  let older = new Map<string, Place>();

  function remember(url: string, place: Place): void {
    // What was not asked for while the recent ones filled up is forgotten with the older ones.
    if (recent.size >= MOST_REMEMBERED) [older, recent] = [recent, new Map()];
    recent.set(url, place);
  }

  return (url) => {
    const known = recent.get(url);
    if (known !== undefined) return known;
    const place = older.get(url) ?? locate(url, publicUrl, keyOf);
    if (place.target !== undefined && url.length <= LONGEST_REMEMBERED) remember(url, place);
    return place;
  };
}

function locate(text: string, configured: string | undefined, keyOf: KeyOf): Place {
  const url = readUrl(text, configured ?? 'http://localhost');
  const route = findRoute(url.pathname);
  const publicUrl = configured ?? url.origin;
  const id = route?.name === 'recording' ? route.id : undefined;
  const isTooLong = url.href.length > LONGEST_URL || url.search.length > LONGEST_QUERY;
  const target = id && !isTooLong ? { id, key: keyOf(id, publicUrl) } : undefined;
  return { route, isTooLong, publicUrl, target };
}

/** A runtime may make a URL of any Host that it was sent, or refuse to; what cannot be read leads nowhere. */
function readUrl(text: string, base: string): URL {
  try {
    return new URL(text, base);
  } catch {
    return new URL('/', base);
  }
}
