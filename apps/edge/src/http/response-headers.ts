import type { HeaderList } from '@room-recordings/http-cache';
import { createPrivateCaching } from '../access/privacy.ts';
import type { AuthConfig } from '../config/auth-config.ts';
import type { AllowedOrigins } from '../allowed-origins.ts';
import type { HttpRequest } from './types.ts';
import { createCorsHeaders } from './cors.ts';
import type { HttpResponse } from '../reply.ts';

/** How every answer is given, as the settings want it. */
export interface ResponseHeaders {
  /** The fields of every answer to such a request, whatever it says. */
  commonFields(asked: HttpRequest): HeaderList;
  /** Makes of a reply what a client is to see of it; `startedAt` is milliseconds since 1970. */
  show(reply: HttpResponse, startedAt: number): HttpResponse;
}

/** The settings that it depends on. */
interface MannerSettings {
  readonly access: AuthConfig | undefined;
  readonly allowedOrigins: AllowedOrigins;
  /** Whether pages may read with what the browser holds for this origin. */
  readonly allowCredentials: boolean;
  /** Request headers that pages may send besides the common ones, in lower case. */
  readonly allowedHeaders: readonly string[];
  /** Whether Cache-Status is sent. */
  readonly cacheStatus: boolean;
  /** Whether Server-Timing is sent. */
  readonly serverTiming: boolean;
}

const NOSNIFF: HeaderList = [['x-content-type-options', 'nosniff']];

/** Makes, once and at the start, all that does not depend on the request. */
export function createResponseHeaders(
  { access, allowedOrigins, allowCredentials, allowedHeaders, cacheStatus, serverTiming }: MannerSettings,
  now: () => number,
): ResponseHeaders {
  const cors = createCorsHeaders({ allowedOrigins, allowCredentials, allowedHeaders }, NOSNIFF);
  const privacy = createPrivateCaching(access);
  const showAll = cacheStatus && !serverTiming;
  return {
    commonFields({ headers }) {
      const common = cors(headers);
      return privacy === undefined ? common : privacy.commonFields(common);
    },
    show(reply, startedAt) {
      privacy?.hide(reply.headers);
      if (showAll) return reply;
      const headers = reply.headers.filter(([name]) => cacheStatus || name !== 'cache-status');
      if (serverTiming) headers.push(['server-timing', `edge;dur=${now() - startedAt}`]);
      return { ...reply, headers };
    },
  };
}
