import { isRecordingSid, type Timeline, type TimelineSource } from '@room-recordings/core';
import type { Granted } from '../auth/strategy.ts';
import type { MediaSigningKeys } from '../config/media-config.ts';
import { problemResponse, textResponse } from '../http/respond.ts';
import type { HttpResponse, RequestContext } from '../http/types.ts';
import { computeMediaUrlExpiry, createMediaUrlSigner, type SignMediaUrl } from '../media/media-url.ts';
import { SIGNATURE_PARAMETERS } from '../recordings/list-query.ts';
import type { OriginContext } from '../recordings/origin.ts';
import { TIMELINE_RESPONSE_TIMEOUT_MS } from '../twilio/resilience/policy.ts';
import { respondThroughCache, tryCacheHit, type CacheServices } from './recording-route.ts';
import type { ReadTarget } from './router.ts';

/** The services of the handler. */
export interface TimelineServices extends CacheServices {
  readonly timelines: {
    /** The part of the cache key that names the settings of a stored timeline. */
    readonly variant: string;
    /** Undefined if no URL can be signed. */
    readonly signingKeys: MediaSigningKeys | undefined;
    /** The validity of a signed URL, seconds. */
    readonly urlSeconds: number;
  };
}

/** A response with signed URLs is for one client, so that no cache may store it. */
const PRIVATE = 'private, no-store';

/**
 * Responds to GET and HEAD of the timeline of a room. The stored timeline has no signatures. They are made for each response, so that a
 * client never receives URLs that outlive its own credential.
 *
 * @param credential undefined if access is public: URLs are then not signed.
 */
export async function respondWithTimeline(
  context: RequestContext,
  services: TimelineServices,
  { id, key: roomKey, search }: Extract<ReadTarget, { readonly kind: 'list' | 'timeline' }>,
  origin: Omit<OriginContext, 'resource'>,
  credential: Granted | undefined,
): Promise<HttpResponse> {
  const names = Array.from(new URLSearchParams(search).keys());
  if (names.some((name) => !SIGNATURE_PARAMETERS.has(name))) {
    return problemResponse(context, 'invalid_query', {
      detail: 'A timeline has no parameters. Remove the query.',
    });
  }
  const { variant, signingKeys, urlSeconds } = services.timelines;
  const key = `${roomKey}?media=${variant}`;
  const resource = { kind: 'timeline', id } as const;
  const readTimeline = (plain: RequestContext) =>
    tryCacheHit(services.cache, key, plain) ??
    respondThroughCache(plain, services, key, { ...origin, resource }, TIMELINE_RESPONSE_TIMEOUT_MS);
  if (credential === undefined) return readTimeline(context);
  const stored = await readTimeline(withoutConditions(context));
  if (stored.status !== 200 || stored.body === null) {
    return context.request.method === 'HEAD' ? { ...stored, body: null } : stored;
  }
  const timeline: unknown = JSON.parse(new TextDecoder().decode(stored.body));
  if (!isTimeline(timeline)) throw new TypeError('The stored text is not a timeline.');
  const expires = computeMediaUrlExpiry(context.startedAt, urlSeconds, credential.expiresAt);
  const { publicUrl } = origin;
  const sign = signingKeys && createMediaUrlSigner(signingKeys);
  const signed =
    sign === undefined
      ? timeline
      : await signTimeline(timeline, sign, { publicUrl, client: credential.credential, expires });
  const cacheStatus = stored.headers.filter(([name]) => name === 'cache-status');
  return textResponse(context, 'application/json', JSON.stringify(signed), PRIVATE, cacheStatus);
}

/** Returns whether a value is a timeline. The edge has serialized it, so two of its members suffice. */
function isTimeline(value: unknown): value is Timeline {
  return typeof value === 'object' && value !== null && 'room_sid' in value && 'tracks' in value;
}

/** Returns the context of a request whose ETags are not those of the stored timeline. A failed If-Match still fails. */
function withoutConditions(context: RequestContext): RequestContext {
  const { url, headers } = context.request;
  const get = (name: string) => (name === 'if-match' ? headers.get(name) : undefined);
  return { ...context, request: { method: 'GET', url, headers: { get } } };
}

/** The values that the signed URLs of one response share. */
type UrlParts = Omit<Parameters<SignMediaUrl>[0], 'id' | 'format'>;

/** Returns a timeline with signed URLs. The stored one is not changed. */
async function signTimeline(timeline: Timeline, sign: SignMediaUrl, parts: UrlParts): Promise<Timeline> {
  const { room_sid: roomSid, tracks } = timeline;
  const signSource = async (sid: string, source: TimelineSource): Promise<TimelineSource> => {
    if (!isRecordingSid(sid)) throw new TypeError('The stored timeline has an invalid SID.');
    const format = new URL(source.url).searchParams.get('format') ?? undefined;
    const url = await sign({ ...parts, id: { roomSid, sid }, format });
    return { ...source, url, expires: parts.expires };
  };
  const signed = tracks.map(async (track) => ({
    ...track,
    sources: await Promise.all(track.sources.map((source) => signSource(track.sid, source))),
  }));
  return { ...timeline, tracks: await Promise.all(signed) };
}
