import type { Case } from '@room-recordings/testing/cases';
import { bodies } from './bodies.ts';
import { cacheApiOptions } from './cache-api-options.ts';
import { clocks } from './clocks.ts';
import { codingsByRuntime } from './codings-by-runtime.ts';
import { codings } from './codings.ts';
import { collapsing } from './collapsing.ts';
import { conditions } from './conditions.ts';
import { context } from './context.ts';
import { directives } from './directives.ts';
import { eviction } from './eviction.ts';
import { faultyStores } from './faulty-stores.ts';
import { methods } from './methods.ts';
import { notForwarded } from './not-forwarded.ts';
import { overtaken } from './overtaken.ts';
import { ranges } from './ranges.ts';
import { refreshes } from './refreshes.ts';
import { stale } from './stale.ts';
import { slowOrigins } from './slow-origins.ts';
import { slowStores } from './slow-stores.ts';
import { stores } from './stores.ts';
import { storing } from './storing.ts';
import { suiteFacts } from './suite-facts.ts';
import { times } from './times.ts';
import { validation } from './validation.ts';

/** Everything that has to hold on every runtime. */
export const BEHAVIOUR: readonly Case[] = [
  ...bodies,
  ...cacheApiOptions,
  ...clocks,
  ...codings,
  ...codingsByRuntime,
  ...collapsing,
  ...conditions,
  ...context,
  ...directives,
  ...eviction,
  ...faultyStores,
  ...methods,
  ...notForwarded,
  ...overtaken,
  ...ranges,
  ...refreshes,
  ...stale,
  ...slowOrigins,
  ...slowStores,
  ...stores,
  ...storing,
  ...times,
  ...validation,
  ...suiteFacts,
];
