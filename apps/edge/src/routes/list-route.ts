import { problemResponse } from '../http/respond.ts';
import type { HttpResponse, RequestContext } from '../http/types.ts';
import { formatListQuery, parseListQuery } from '../recordings/list-query.ts';
import type { OriginContext } from '../recordings/origin.ts';
import { respondThroughCache, tryCacheHit, type CacheServices } from './recording-route.ts';
import type { ReadTarget } from './router.ts';

/** Responds to GET and HEAD of a page of a room's recordings. The canonical query is part of the cache key. */
export async function respondWithList(
  context: RequestContext,
  services: CacheServices,
  { id, key: roomKey, search }: Extract<ReadTarget, { readonly kind: 'list' | 'timeline' }>,
  origin: Omit<OriginContext, 'resource'>,
): Promise<HttpResponse> {
  const query = parseListQuery(search);
  if ('detail' in query) return problemResponse(context, 'invalid_query', { detail: query.detail });
  const key = `${roomKey}?${formatListQuery(query)}`;
  const resource = { kind: 'list', id, query } as const;
  return (
    tryCacheHit(services.cache, key, context) ??
    respondThroughCache(context, services, key, { ...origin, resource })
  );
}
