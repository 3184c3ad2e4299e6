import type { Case, Surroundings } from './fault-case.ts';
import { expectNothingSecret } from './secret-assertions.ts';
import type { State, Way } from './cache-state.ts';
import { makeWorld, type World, type WorldOptions } from './fault-harness.ts';

/** What a case is of. */
export interface Subject {
  /** The row of faults-and-load. */
  readonly id: string;
  readonly title: string;
  readonly state: State;
  readonly way: Way;
  /** Whether the runtime's Cache API is behind the memory; default false. */
  readonly hasCacheApi?: boolean;
}

/** Makes a case of a proof in a world of its own; of whatever is proved, nothing secret may leave that world. */
export function makeCase(
  { id, title, state, way, hasCacheApi = false }: Subject,
  prove: (world: World, surroundings: Surroundings) => Promise<void>,
  options: WorldOptions = {},
): Case {
  return {
    id,
    state: state.name,
    way: way.name,
    hasCacheApi,
    name: `${id} ${title}; ${state.name}; ${way.name}`,
    async run(surroundings) {
      const { addresses, cacheApi } = surroundings;
      if (hasCacheApi && cacheApi === undefined) throw new Error('This runtime has no Cache API.');
      const world = makeWorld(addresses, hasCacheApi ? { ...options, cacheApi } : options);
      await prove(world, surroundings);
      await expectNothingSecret(world);
    },
  };
}

/** Reads the recording of a world, and lets it grow as old as the state says; gives its ETag, `*` where nothing is stored. */
export async function store(world: World, { age }: State): Promise<string> {
  if (age === undefined) return '*';
  const { headers } = await world.ask();
  await world.settle();
  world.clock.skip(age * 1000);
  return headers.get('etag') ?? '';
}
