import { parseRoomRecording } from '@room-recordings/core';
import { parseWithAjv } from './ajv.ts';
import { parseWithZod } from './zod.ts';

/** A parser of a recording from text. */
export interface BenchedParser {
  readonly name: string;
  readonly read: (text: string) => unknown;
}

/** The baseline of the comparison. */
export const JSON_PARSE: BenchedParser = { name: 'JSON.parse', read: (text) => JSON.parse(text) };

/** The built package, and the same rules for two other libraries. */
export const PARSERS: readonly BenchedParser[] = [
  { name: '+ core', read: (text) => parseRoomRecording(JSON.parse(text)) },
  { name: '+ zod 4', read: (text) => parseWithZod(JSON.parse(text)) },
  { name: '+ ajv 8', read: (text) => parseWithAjv(JSON.parse(text)) },
];
