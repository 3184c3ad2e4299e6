import { computeAge, isFresh, isWithinError, isWithinRevalidate } from './age.ts';
import type { Asked, CachedAnswer } from './answer.ts';
import { receiveBody, release } from './body.ts';
import { writeWord } from './cache-status.ts';
import { createClock } from './clock.ts';
import { Calls } from './collapsing.ts';
import { conclude, share } from './conclude.ts';
import { delayByTimer, waitAtMost, waitUntilAborted, type Delay } from './delay.ts';
import type { StoredAnswer } from './entry.ts';
import { listFields } from './fields.ts';
import { forward, type Outcome, type Outside, type Situation } from './forward.ts';
import { listInvalidated } from './invalidation.ts';
import { answerHit, passOn, toResponse, type Respondent } from './respond.ts';
import { guardStore, type CacheStore } from './store.ts';
import { copyRequest, isSingular, NotForwarded, type Fetch } from './upstream.ts';
import { chooseVariant, type HeaderReader } from './vary.ts';

const DEFAULT_MAX_BODY_BYTES = 64 * 1024 * 1024;

/** What a cache is made of; all that it touches of the outside is handed in. */
export interface HttpCacheOptions<Context = unknown> {
  /** Sends a request to the origin. It may throw `NotForwarded`; anything else that it throws is a network fault. */
  readonly fetch: Fetch<Context>;
  readonly store: CacheStore;
  /**
   * The clock, milliseconds since 1970. Default: the wall clock, which here never goes back. If another clock is set back, it
   * keeps responses fresh for as long again.
   */
  readonly now?: (() => number) | undefined;
  /** Waits for milliseconds or until the signal. Default: a timer of the runtime. */
  readonly delay?: Delay | undefined;
  /** Keeps the runtime awake for work that outlives the answer. Default: nothing, as a process needs nothing. */
  readonly waitUntil?: ((work: Promise<unknown>) => void) | undefined;
  /**
   * Seconds past freshness for which an answer may be served instead of an error, where it names no stale-if-error and
   * does not forbid stale answers. Default 0.
   */
  readonly staleIfError?: number | undefined;
  /** What an answer is stored under. Default: the URL without fragment, its query in the order it came. */
  readonly keyOf?: ((request: Request) => string) | undefined;
  /** This cache's name in Cache-Status. Default `http-cache`. */
  readonly name?: string | undefined;
}

/** What a `lookup` may say of the request. */
export interface Conditions {
  /** `GET` or `HEAD`. Default `GET`. */
  readonly method?: string | undefined;
  /** Reads a request header by its lower-case name: conditions, Range, and those that Vary names. Default: there are none. */
  readonly headers?: HeaderReader | undefined;
  /**
   * The reason for which the caller will not call `fetch`, as in `NotForwarded`: then a stale response is returned, too, inside its
   * stale-while-revalidate or stale-if-error window, without a refresh. Default: a stale response needs a refresh on its way.
   */
  readonly notForwarded?: string | undefined;
}

/** A shared HTTP cache (RFC 9111). */
export interface HttpCache<Context = unknown> {
  /**
   * Responds from the store or from the origin.
   *
   * @param request a Request or an absolute URL.
   * @param context any value. The cache hands it to the `fetch` of its options if this request causes a call; it is neither part of
   * the key nor stored.
   * @throws the error of `fetch`, or the reason of the request's signal.
   */
  fetch(request: Request | string | URL, context?: Context): Promise<Response>;
  /** Answers at once, as plain data, what the store can peek at and nobody needs to be asked for; undefined for anything else. */
  lookup(key: string, conditions?: Conditions): CachedAnswer | undefined;
  /** Drops all that is stored under a key, and what is on its way there. */
  purge(key: string): Promise<void>;
}

const NO_HEADERS: HeaderReader = new Map<string, string>();

const BARE_GET: Asked = { method: 'GET', headers: NO_HEADERS };

function readConditions({ method = 'GET', headers = NO_HEADERS }: Conditions): Asked {
  return { method, headers };
}

/** How long what is stale rests after a refresh that brought nothing, seconds: an origin that is down is not asked by every hit. */
const REST_SECONDS = 1;

/** Why something stale was a hit, in Cache-Status. */
const SERVED_STALE = 'stale-while-revalidate';

/** Puts a shared HTTP cache in front of any `fetch` (RFC 9111, 5861, 9211 and 9213). */
export function createHttpCache<Context = unknown>(options: HttpCacheOptions<Context>): HttpCache<Context> {
  const { now = createClock(), delay = delayByTimer, waitUntil, keyOf = keyByUrl } = options;
  const store = guardStore(options.store, delay);
  const calls = new Calls<Outcome>(delay);
  const respondent: Respondent = { name: writeWord(options.name ?? 'http-cache'), now };
  const outside: Outside<Context> = {
    fetch: options.fetch,
    store,
    now,
    maxBodyBytes: options.store.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES,
    staleIfError: options.staleIfError ?? 0,
  };

  /** Until when what is stale is left alone, because a refresh of it brought nothing; milliseconds. */
  const restsUntil = new WeakMap<StoredAnswer, number>();

  /**
   * Answers what nobody needs to be waited for: what is fresh, and what is stale while it is refreshed (RFC 5861 §3).
   * `refresh` begins that where it has not begun; without it, there is no answer then, unless `notForwarded` names why.
   */
  function answerAtHand(
    key: string,
    stored: StoredAnswer | undefined,
    asked: Asked,
    refresh?: (stored: StoredAnswer) => void,
    notForwarded?: string,
  ): CachedAnswer | undefined {
    if (stored === undefined) return undefined;
    const moment = now();
    const age = computeAge(stored, moment);
    if (isFresh(stored, age)) return answerHit(respondent, stored, age, asked, moment);
    if (notForwarded !== undefined) {
      return isWithinRevalidate(stored, age) || isWithinError(stored, age)
        ? answerHit(respondent, stored, age, asked, moment, notForwarded)
        : undefined;
    }
    if (!isWithinRevalidate(stored, age)) return undefined;
    if (moment >= (restsUntil.get(stored) ?? 0) && !calls.has(key)) {
      if (refresh === undefined) return undefined;
      refresh(stored);
    }
    return answerHit(respondent, stored, age, asked, moment, SERVED_STALE);
  }

  /** Refreshes what is served stale meanwhile; nobody waits for what it brings, and what is not stored is let go. */
  async function refresh(stored: StoredAnswer, situation: Situation<Context>): Promise<void> {
    const outcome = await ask(situation, 'lead');
    if (outcome.kind === 'passed') release(outcome.body);
    if (outcome.kind === 'stored') return;
    const isWithheld = outcome.kind === 'failed' && outcome.error instanceof NotForwarded;
    restsUntil.set(stored, now() + 1000 * (isWithheld ? outcome.error.restSeconds : REST_SECONDS));
  }

  /** Follows a call that is on its way, else makes one; and one of its own where that brought nothing to share. */
  async function goOn(situation: Situation<Context>): Promise<Response> {
    const { key, isTransparent } = situation;
    if (isTransparent) return conclude(respondent, situation, await ask(situation, 'run'));
    if (!calls.has(key)) return conclude(respondent, situation, await ask(situation, 'lead'));
    const outcome = await calls.follow(key);
    const shared = outcome && share(respondent, situation, outcome);
    return shared ?? conclude(respondent, situation, await ask(situation, 'run'));
  }

  /** Makes a call, to be followed or not, that the runtime stays awake for. */
  function ask(situation: Situation<Context>, how: 'lead' | 'run'): Promise<Outcome> {
    const outcome = calls[how](situation.key, (call) => forward(outside, situation, call));
    waitUntil?.(outcome.then(({ written }) => written));
    return outcome;
  }

  /** Other methods are passed on as they are; what they change is dropped before they are answered (RFC 9111 §4.4). */
  async function passThrough(request: Request, context: Context | undefined): Promise<Response> {
    const { method, url, headers } = request;
    const response = await options.fetch(copyRequest(request), context);
    const { status, statusText } = response;
    const changed = listInvalidated(method, url, response);
    await Promise.all(changed.map((target) => purge(keyOf(new Request(target, { headers })))));
    const { fields, body } = await receiveBody(response, listFields(response.headers), 0);
    return passOn(respondent, { kind: 'passed', status, statusText, fields, body }, method, {
      fwd: 'method',
      fwdStatus: status,
    });
  }

  async function purge(key: string): Promise<void> {
    calls.outdate(key);
    const removed = store.remove(key);
    if (removed === undefined) return;
    waitUntil?.(removed);
    await waitAtMost(removed, store.maxWaitMs, delay);
  }

  return {
    async fetch(input, context) {
      const request = input instanceof Request ? input : new Request(input);
      if (request.method !== 'GET' && request.method !== 'HEAD') return passThrough(request, context);
      const key = keyOf(request);
      let entry = store.read(key);
      if (entry instanceof Promise) {
        const found = await entry;
        // It may have been stored while the store took its time.
        entry = store.peek(key) ?? found;
      }
      const stored = chooseVariant(entry, request.headers);
      const isTransparent = stored === undefined && isSingular(request);
      const situation: Situation<Context> = { request, key, entry, stored, isTransparent, context };
      const atHand = answerAtHand(key, stored, request, (stale) => void refresh(stale, situation));
      if (atHand !== undefined) return toResponse(atHand);
      return waitUntilAborted(goOn(situation), request.signal, ({ body }) => release(body));
    },
    lookup(key, conditions) {
      // Most calls have no conditions, and then need no object of their own.
      const asked = conditions === undefined ? BARE_GET : readConditions(conditions);
      const stored = chooseVariant(store.peek(key), asked.headers);
      return answerAtHand(key, stored, asked, undefined, conditions?.notForwarded);
    },
    purge,
  };
}

/** The default key: the fragment is not part of the target. V8 keeps the whole URL behind a slice of it, so the key is a copy. */
function keyByUrl({ url }: Request): string {
  const end = url.indexOf('#');
  return end < 0 ? url : new TextDecoder().decode(new TextEncoder().encode(url.slice(0, end)));
}
