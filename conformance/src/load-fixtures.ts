import { readdirSync, readFileSync } from 'node:fs';

/** The number of fixtures, so that a lost file is noticed. */
export const FIXTURE_COUNT = 118;

const FOLDER = new URL('../fixtures/', import.meta.url);

/**
 * Loads the fixtures in the order of their numbers. Their content is not validated.
 *
 * @throws {Error} the folder has more or fewer files than FIXTURE_COUNT.
 */
export function loadFixtures(folder: URL = FOLDER): readonly unknown[] {
  const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
  if (files.length !== FIXTURE_COUNT)
    throw new Error(`The folder has ${files.length} fixtures, but FIXTURE_COUNT is ${FIXTURE_COUNT}.`);
  const names = files.map(({ name }) => name).toSorted();
  return names.map((name): unknown => JSON.parse(readFileSync(new URL(name, folder), 'utf8')));
}
