import type { FetchRecordings } from '@room-recordings/core';
import {
  createHttpCache,
  delayByTimer,
  type CacheApi,
  type Delay,
  type HttpCache,
} from '@room-recordings/http-cache';
import { openGate } from './access/open-gate.ts';
import { createApp, type App } from './app.ts';
import { callersBy, type CallerOf } from './caller.ts';
import { fingerprint } from './fingerprint.ts';
import { keysOf } from './key.ts';
import { limitEntryTo } from './limit-entry.ts';
import { createSteadyClock } from './monotonic-clock.ts';
import type { Log, LogLine } from './log.ts';
import { originFetch, type ReadContext } from './origin.ts';
import { createReadiness } from './readiness.ts';
import { limitRate, limitRequests, type CallerLimit } from './rate-limit.ts';
import { CACHE_NAME } from './read-through.ts';
import type { Settings } from './settings.ts';
import type { Source } from './source/source.ts';
import { recordingsStore } from './store.ts';
import { openAccount } from './upstream/account.ts';
import { WaitingLimit } from './waiting-limit.ts';

/** What an edge needs of the outside. */
export interface Outside {
  /** Reaches what access is checked against; the runtime's own by default. */
  readonly fetch?: FetchRecordings;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds, for durations: it never goes back. Default: `now`, but for what that is set back by. */
  readonly monotonic?: () => number;
  readonly delay?: Delay;
  /** Keeps the runtime awake for work that outlives an answer. */
  readonly waitUntil?: (work: Promise<unknown>) => void;
  /** The cache behind the memory, where the runtime has one; not used for an archive. */
  readonly cacheApi?: CacheApi | undefined;
  /** The runtime's own limit of callers, in place of the one that the settings name. */
  readonly limitCaller?: CallerLimit | undefined;
  /** Requests that may wait at a time; default 2,000. */
  readonly maxWaiting?: number;
  readonly log: Log;
  /** Whether the process ends after the requests that it has; false by default. */
  readonly isDraining?: () => boolean;
}

/** An edge, and the cache that it reads through; undefined where the settings name no source. */
export interface Edge {
  readonly app: App;
  readonly cache: Pick<HttpCache, 'purge'> | undefined;
}

/** Puts an edge together: the app, the cache, and the source behind it. */
export function createEdge(settings: Settings, source: Source | undefined, outside: Outside): Edge {
  const { access, lifetimes, hiddenFields, staleOnUpstreamAuth, cacheMaxBytes, misconfigured } = settings;
  const {
    isDraining = () => false,
    maxWaiting,
    monotonic = createSteadyClock(outside.now),
    ...others
  } = outside;
  const { cacheApi, now, log, fetch = fetchByRuntime, limitCaller: runtimeLimit, ...rest } = others;
  const { delay = delayByTimer, waitUntil = () => undefined } = rest;
  const report = (line: LogLine) => log.write(line);
  const limitCaller = runtimeLimit ?? (settings.rateLimit && limitRate(settings.rateLimit, monotonic));
  // An archive is at hand, and its name in no key: what one has held must not answer for another that takes its place.
  const behind = settings.source?.name === 'archive' ? undefined : cacheApi;
  const keyOf = keysOf(settings.source?.scope ?? [], hiddenFields);
  const cache =
    source &&
    createHttpCache<ReadContext>({
      fetch: originFetch({
        source,
        lifetimes,
        hiddenFields,
        staleOnUpstreamAuth,
        now,
        report,
      }),
      store: recordingsStore(
        cacheMaxBytes,
        behind,
        { now: monotonic, delay, publicUrl: settings.publicUrl },
        limitEntryTo(lifetimes),
      ),
      name: CACHE_NAME,
      now: monotonic,
      ...rest,
    });
  // Beside an archive rooms are all that is asked of the account.
  const account = source?.account ?? openAccount(staleOnUpstreamAuth);
  const waiting = new WaitingLimit(monotonic, maxWaiting);
  const isReady = misconfigured === undefined && access !== undefined && cache !== undefined;
  const addressOf = callersBy(settings.clientIpHeader);
  const callerOf: CallerOf = (asked, peerAddress) => `address ${fingerprint(addressOf(asked, peerAddress))}`;
  const limit = limitCaller && limitRequests(limitCaller, addressOf);
  const reading = isReady
    ? {
        limit,
        gate: openGate(access, {
          fetch,
          now,
          monotonic,
          delay,
          account,
          waitUntil,
          wants: (level) => log.wants(level),
          report,
          refuseWait: (asked, peerAddress) => waiting.refusal(callerOf(asked, peerAddress)),
        }),
        waiting,
        callerOf,
        cache,
        delay,
        readiness: createReadiness(account, monotonic),
      }
    : undefined;
  return { app: createApp({ settings, reading, keyOf, now, log, isDraining }), cache };
}

// Looked up at each call: a runtime's fetch wants no other `this`, and a test may put its own in its place.
const fetchByRuntime: FetchRecordings = (url, init) => fetch(url, init);
