import { readdirSync, readFileSync } from 'node:fs';

/** How many exchanges are recorded: a file that got lost is not to be missed by nobody. */
export const FIXTURE_COUNT = 105;

const FOLDER = new URL('../fixtures/', import.meta.url);

/**
 * Reads the files of the fixtures folder in the order of their numbers; what is in them is not checked here.
 *
 * @throws {Error} when there are more or fewer than counted.
 */
export function loadFixtures(folder: URL = FOLDER): readonly unknown[] {
  const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
  if (files.length !== FIXTURE_COUNT)
    throw new Error(`There are ${files.length} fixtures, counted as ${FIXTURE_COUNT}.`);
  const names = files.map(({ name }) => name).toSorted();
  return names.map((name): unknown => JSON.parse(readFileSync(new URL(name, folder), 'utf8')));
}
