import type { Case } from './case.ts';
import { CROWD_CASES } from './crowd-cases.ts';
import { OUTAGE_CASES } from './outage-cases.ts';
import { PROBE_CASES } from './probe-cases.ts';
import { casesOfRow } from './row-cases.ts';
import { ANSWER_ROWS } from './rows-answer.ts';
import { CONNECTION_ROWS } from './rows-connection.ts';
import { STORE_CASES } from './store-cases.ts';

/** Every fault, in every state, asked for in every way; then those that take more than one read. */
export const CASES: readonly Case[] = [
  ...[...CONNECTION_ROWS, ...ANSWER_ROWS].flatMap(casesOfRow),
  ...OUTAGE_CASES,
  ...PROBE_CASES,
  ...CROWD_CASES,
  ...STORE_CASES,
];
