import { parseRoomRecording } from '@room-recordings/core';
import { parseWithAjv } from './ajv.ts';
import { parseWithZod } from './zod.ts';

/** One way from a text to a recording. */
export interface Contender {
  readonly name: string;
  readonly read: (text: string) => unknown;
}

/** What all are compared with. */
export const PARSE_ALONE: Contender = { name: 'JSON.parse', read: (text) => JSON.parse(text) };

/** The built package itself, and the same rules written for two others. */
export const CONTENDERS: readonly Contender[] = [
  { name: '+ core', read: (text) => parseRoomRecording(JSON.parse(text)) },
  { name: '+ zod 4', read: (text) => parseWithZod(JSON.parse(text)) },
  { name: '+ ajv 8', read: (text) => parseWithAjv(JSON.parse(text)) },
];
