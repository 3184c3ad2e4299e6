import { textResponse } from '../http/respond.ts';
import type { HttpResponse, RequestContext } from '../http/types.ts';
import document from './openapi.json' with { type: 'json' };

/** The document changes with a release only. */
const CACHE_CONTROL = 'public, max-age=3600';

let text: string | undefined;

/** Responds to `/openapi.json` with the document that `scripts/write-openapi.ts` makes from the schemas. */
export function handleOpenApi(context: RequestContext): HttpResponse {
  // Serialized at the first request, so that a start does not pay for it.
  text ??= JSON.stringify(document);
  return textResponse(context, 'application/json', text, CACHE_CONTROL);
}
