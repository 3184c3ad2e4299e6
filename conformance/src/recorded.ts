import { readdirSync, readFileSync } from 'node:fs';

const FOLDER = new URL('../fixtures/', import.meta.url);

/** Reads every file of the fixtures folder, in the order of their numbers; what is in them is not checked here. */
export function readRecorded(): readonly unknown[] {
  const files = readdirSync(FOLDER).toSorted();
  return files.map((file): unknown => JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')));
}
