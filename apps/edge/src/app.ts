import type { Delay, HttpCache } from '@room-recordings/http-cache';
import type { Decision, Gate } from './access/gate.ts';
import type { Asked, Incoming } from './asked.ts';
import type { CallerOf, PeerAddress } from './caller.ts';
import { ERRORS_PAGE } from './errors-page.ts';
import { NO_STORE } from './freshness.ts';
import { sendHit } from './hit.ts';
import type { Log } from './log.ts';
import { mannerOf } from './manner.ts';
import { findPlaces, type KeyOf, type Place, type Target } from './place.ts';
import type { Readiness } from './readiness.ts';
import type { RateLimit, Wait } from './rate-limit.ts';
import { readThrough } from './read-through.ts';
import type { Reply } from './reply.ts';
import type { ReadContext } from './origin.ts';
import { countRequests } from './request-id.ts';
import { describeInside, describeRequest } from './request-log.ts';
import { ALLOWED_METHODS, refuse, respondToOptions, send, type Exchange } from './respond.ts';
import type { Settings } from './settings.ts';
import { VERSION } from './version.ts';
import type { WaitingLimit } from './waiting-limit.ts';

/** What is read with: how often, who may, and the cache with the source behind it. */
interface Reading {
  /** Undefined where nobody is limited. */
  readonly limit: RateLimit | undefined;
  readonly gate: Gate;
  /** Names by its address who reads without a credential. */
  readonly callerOf: CallerOf;
  readonly cache: HttpCache<ReadContext>;
  readonly waiting: WaitingLimit;
  readonly delay: Delay;
  /** What `/readyz` responds. */
  readonly readiness: () => Readiness;
}

/** Everything that the app works with. */
export interface AppParts {
  readonly settings: Settings;
  /** Undefined where the settings leave something unsaid. */
  readonly reading: Reading | undefined;
  readonly keyOf: KeyOf;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly log: Log;
  /** Whether the process ends after the requests that it has. */
  readonly isDraining: () => boolean;
}

/** Answers a request, at once where it can; what goes wrong is an answer too. */
export type App = (incoming: Incoming, peerAddress?: PeerAddress) => Reply | Promise<Reply>;

const DRAINING = 'This process is stopping. Send the request to another instance.';

const ERRORS_PAGE_LIFETIME = 'public, max-age=3600';

/** The edge: a function from what is asked to a reply. It alone knows the order of the steps. */
export function createApp({ settings, reading, keyOf, now, log, isDraining }: AppParts): App {
  const nextRequestId = countRequests();
  const findPlace = findPlaces(settings.publicUrl, keyOf);
  const manner = mannerOf(settings, now);

  // A hit does this and nothing else: it stays short, as sendHit says; all else happens behind `answerSlowly`.
  return function app(incoming, peerAddress) {
    const asked: Asked = incoming;
    const startedAt = now();
    const requestId = nextRequestId();
    const place = findPlace(incoming);
    const common = manner.commonFields(asked);
    const { target } = place;
    if (reading === undefined || target === undefined || !isRead(asked)) {
      const exchange = { asked, requestId, publicUrl: place.publicUrl, now: startedAt, common };
      return answerSlowly(exchange, place, () => decide(exchange, place));
    }
    const wait = reading.limit?.(asked, peerAddress);
    if (wait !== undefined) {
      const exchange = { asked, requestId, publicUrl: place.publicUrl, now: startedAt, common };
      return answerSlowly(exchange, place, () => readInTurn(exchange, reading, target, peerAddress, wait));
    }
    const decision = reading.gate(asked, target, startedAt, requestId, peerAddress);
    const mayRead = decision === undefined || 'credential' in decision;
    const found = mayRead ? reading.cache.lookup(target.key) : undefined;
    const hit = found?.status === 200 ? sendHit(asked, requestId, common, found) : undefined;
    if (hit !== undefined) {
      if (log.wants('info')) log.write(describeRequest(asked, place, requestId, hit, startedAt, now()));
      return manner.show(hit, startedAt);
    }
    const exchange = { asked, requestId, publicUrl: place.publicUrl, now: startedAt, common };
    return answerSlowly(exchange, place, () => read(exchange, reading, target, peerAddress, decision));
  };

  async function answerSlowly(
    exchange: Exchange,
    place: Place,
    answer: () => Reply | Promise<Reply>,
  ): Promise<Reply> {
    const { asked, requestId } = exchange;
    let reply: Reply;
    try {
      reply = await answer();
    } catch (fault) {
      log.write(describeInside(requestId, exchange.now, fault));
      reply = refuse(exchange, 'internal');
    }
    log.write(describeRequest(asked, place, requestId, reply, exchange.now, now()));
    return manner.show(reply, exchange.now);
  }

  /** Everything but a read of a recording. */
  function decide(exchange: Exchange, { route, fault }: Place): Reply {
    if (fault !== undefined) return refuse(exchange, fault);
    if (route === undefined) return refuse(exchange, 'not_found');
    if (exchange.asked.method === 'OPTIONS') return respondToOptions(exchange);
    if (!isRead(exchange.asked)) {
      return refuse(exchange, 'method_not_allowed', { fields: [['allow', ALLOWED_METHODS]] });
    }
    if (route.name === 'healthz') return send(exchange, 'application/json', health(), NO_STORE);
    if (route.name === 'readyz' && reading !== undefined) {
      if (isDraining())
        return refuse(exchange, 'overloaded', { detail: DRAINING, fields: [['retry-after', '1']] });
      return send(exchange, 'application/json', JSON.stringify(reading.readiness()), NO_STORE);
    }
    if (route.name === 'errors') {
      return send(exchange, 'text/html; charset=utf-8', ERRORS_PAGE, ERRORS_PAGE_LIFETIME);
    }
    if (route.name === 'recording' && route.id === undefined) return refuse(exchange, 'invalid_sid');
    return refuse(exchange, 'misconfigured', { detail: settings.misconfigured });
  }

  function health(): string {
    return JSON.stringify({
      status: settings.misconfigured === undefined ? 'ok' : 'misconfigured',
      version: VERSION,
      source: settings.source?.name ?? null,
    });
  }
}

/** Who asks too often is told so before access is decided, which costs more. */
async function readInTurn(
  exchange: Exchange,
  reading: Reading,
  target: Target,
  peerAddress: PeerAddress | undefined,
  wait: Wait | Promise<Wait>,
): Promise<Reply> {
  const { asked, now, requestId } = exchange;
  const { waiting, callerOf } = reading;
  // Not refused for want of a place: a stored response may come after it.
  const seconds =
    wait instanceof Promise ? await waiting.hold(callerOf(asked, peerAddress), () => wait) : wait;
  if (seconds !== undefined) {
    return refuse(exchange, 'rate_limited', { fields: [['retry-after', String(seconds)]] });
  }
  const decision = reading.gate(asked, target, now, requestId, peerAddress);
  return read(exchange, reading, target, peerAddress, decision);
}

/** Access is decided before anything is looked up, and a hit is checked like a miss. */
async function read(
  exchange: Exchange,
  { cache, callerOf, delay, waiting }: Reading,
  target: Target,
  peerAddress: PeerAddress | undefined,
  decided: Decision | Promise<Decision>,
): Promise<Reply> {
  const address = () => callerOf(exchange.asked, peerAddress);
  const decision = decided instanceof Promise ? await waiting.hold(address(), () => decided) : decided;
  if (decision !== undefined && 'error' in decision) {
    return refuse(exchange, decision.error, { fields: decision.fields });
  }
  const caller = decision?.credential ?? address();
  const context = { id: target.id, publicUrl: exchange.publicUrl, caller };
  return readThrough(exchange, { cache, waiting, delay }, target.key, context);
}

function isRead({ method }: Asked): boolean {
  return method === 'GET' || method === 'HEAD';
}
