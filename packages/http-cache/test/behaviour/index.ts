import type { Case } from '@room-recordings/testing/cases';
import { bodies } from './bodies.ts';
import { cacheApiOptions } from './cache-api-options.ts';
import { clocks } from './clocks.ts';
import { contentCodingsByRuntime } from './content-codings-by-runtime.ts';
import { contentCodings } from './content-codings.ts';
import { collapsing } from './collapsing.ts';
import { conditionalRequests } from './conditional-requests.ts';
import { context } from './context.ts';
import { directives } from './directives.ts';
import { eviction } from './eviction.ts';
import { storeErrors } from './store-errors.ts';
import { headRequests } from './head-requests.ts';
import { methods } from './methods.ts';
import { notForwarded } from './not-forwarded.ts';
import { originError } from './origin-error.ts';
import { outOfOrder } from './out-of-order.ts';
import { ranges } from './ranges.ts';
import { refreshes } from './refreshes.ts';
import { stale } from './stale.ts';
import { originTimeouts } from './origin-timeouts.ts';
import { storeTimeouts } from './store-timeouts.ts';
import { stores } from './stores.ts';
import { storing } from './storing.ts';
import { cacheTests } from './cache-tests.ts';
import { datesAndAge } from './dates-and-age.ts';
import { validation } from './validation.ts';

/** All behaviour that must be the same on every runtime. */
export const BEHAVIOUR: readonly Case[] = [
  ...bodies,
  ...cacheApiOptions,
  ...clocks,
  ...contentCodings,
  ...contentCodingsByRuntime,
  ...collapsing,
  ...conditionalRequests,
  ...context,
  ...directives,
  ...eviction,
  ...storeErrors,
  ...headRequests,
  ...methods,
  ...notForwarded,
  ...originError,
  ...outOfOrder,
  ...ranges,
  ...refreshes,
  ...stale,
  ...originTimeouts,
  ...storeTimeouts,
  ...stores,
  ...storing,
  ...datesAndAge,
  ...validation,
  ...cacheTests,
];
