import type { CacheApi } from '@room-recordings/http-cache';
import { createEdge, type Edge } from '../../src/edge.ts';
import { toFetchHandler } from '../../src/entries/fetch-server.ts';
import { keysOf } from '../../src/key.ts';
import type { LogLine } from '../../src/log.ts';
import { findRoute } from '../../src/route.ts';
import { readSettings } from '../../src/settings.ts';
import { openTwilio } from '../../src/source/open-twilio.ts';
import { makeClock, type Clock } from '../clock.ts';
import type { LoggedCall } from './fake-twilio.ts';
import { MISBEHAVIOUR_ON_CUE } from './misbehaviour.ts';
import { makeSightings, type Sightings } from './sightings.ts';
import type { Addresses, Row } from './row.ts';

/** What must not leave the edge. */
const CANARY = 'canary-5f3e9a';
const API_KEY = 'SK5f3e9a';

/** None of these may be in what leaves the edge: the secret, and the header that it is sent in. */
export const SECRETS: readonly string[] = [CANARY, btoa(`${API_KEY}:${CANARY}`)];

const LONGEST_CLOSING_MS = 5_000;

const PUBLIC_URL = 'https://recordings.example.com';

const pathOf = (sid: string): string => `/v1/Rooms/RM${'b'.repeat(32)}/Recordings/${sid}`;

/** An answer, read up. */
export interface Came {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** An edge with a clock of its own, before a Twilio that is good until it is told otherwise. */
export interface World extends Edge {
  readonly clock: Clock;
  readonly lines: readonly LogLine[];
  /** The recording of this world. */
  readonly sid: string;
  /** How many calls went out. */
  calls(): number;
  /** What the fake Twilio was asked for the recording. */
  callLog(): Promise<readonly LoggedCall[]>;
  /** The same, as soon as all those connections are closed. */
  closedCalls(): Promise<readonly LoggedCall[]>;
  /** Does what the row says from now on, or what is drawn for each call; undefined: as it should. */
  misbehave(act: Row['act'] | (() => Row['act']) | undefined): void;
  /** Asks for the recording, or another one. */
  ask(init?: RequestInit, sid?: string): Promise<Came>;
  /** What the edge has seen of its calls. */
  readonly seen: Sightings;
  /** Lets the fake Twilio go on. */
  cue(): Promise<void>;
  /** Invalidates the recording. */
  purge(): Promise<void>;
  /** Waits for what runs behind an answer. */
  settle(): Promise<void>;
  /** The work behind answers that has not been waited for. */
  readonly background: Promise<unknown>[];
}

/** A SID that no other world asks for, in whatever process. */
export function freshSid(): string {
  return `RT${crypto.randomUUID().replaceAll('-', '')}`;
}

/** Makes one; each has a recording of its own, so that they can share the fake Twilio. */
export function makeWorld(
  { twilio, ...deadEnds }: Addresses,
  variables: Readonly<Record<string, string>> = {},
  cacheApi?: CacheApi,
): World {
  const sid = freshSid();
  const clock = makeClock();
  const lines: LogLine[] = [];
  const background: Promise<unknown>[] = [];
  const seen = makeSightings();
  let draw: () => Row['act'] = () => 'good';

  const tell = async (what: 'cue' | 'log' | 'closed'): Promise<string> => {
    const method = what === 'cue' ? 'POST' : 'GET';
    // For connections that are never closed: a case that fails, and does not hang.
    const signal = AbortSignal.timeout(LONGEST_CLOSING_MS);
    return (await fetch(`${twilio}/${what}/${sid}`, { method, signal })).text();
  };

  /** The runtime's own fetch, sent astray. */
  async function fetchTwilio(url: string, init: RequestInit): Promise<Response> {
    const path = url.slice(twilio.length);
    const playing = draw();
    const target =
      typeof playing === 'string' ? `${twilio}/${playing}${path}` : deadEnds[playing.address] + path;
    seen.note('request');
    const response = await fetch(target, init);
    if (typeof playing === 'string' && MISBEHAVIOUR_ON_CUE.has(playing)) await tell('cue');
    seen.note('headers');
    if (playing !== 'trickle' || response.body === null) return response;
    const counted = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        seen.note('piece');
        controller.enqueue(chunk);
      },
    });
    return new Response(response.body.pipeThrough(counted), response);
  }

  const settings = readSettings({
    ACCESS: 'public',
    RECORDINGS_SOURCE: 'twilio',
    TWILIO_API_KEY: API_KEY,
    TWILIO_API_SECRET: CANARY,
    TWILIO_ACCOUNT_SID: `AC${'a'.repeat(32)}`,
    TWILIO_BASE_URL: twilio,
    PUBLIC_URL,
    ...variables,
  });
  if (settings.source?.name !== 'twilio') throw new Error('The source is not twilio.');
  const { scope } = settings.source;
  const { now } = clock;
  // The pause before a second try is the only wait of this length, and nobody needs to see it.
  const delay: Clock['delay'] = async (ms, signal) => (ms === 150 ? clock.skip(ms) : clock.delay(ms, signal));
  const outside = { now, delay, random: () => 0.5, staleOnUpstreamAuth: settings.staleOnUpstreamAuth };
  const edge = createEdge(settings, openTwilio(settings.source, fetchTwilio, outside), {
    now,
    delay,
    cacheApi,
    waitUntil: (work) => void background.push(work),
    log: { wants: () => true, write: (line) => lines.push(line) },
  });
  const answer = toFetchHandler(edge.app);
  return {
    ...edge,
    clock,
    lines,
    sid,
    seen,
    background,
    calls: () => seen.count('request'),
    // The fake Twilio alone writes this log, and in this form.
    callLog: async () => JSON.parse(await tell('log')) as readonly LoggedCall[],
    // As above.
    closedCalls: async () => JSON.parse(await tell('closed')) as readonly LoggedCall[],
    misbehave: (next = 'good') => {
      draw = typeof next === 'function' ? next : () => next;
    },
    async purge() {
      const route = findRoute(pathOf(sid));
      if (route?.name !== 'recording' || route.id === undefined)
        throw new Error('The world has no recording.');
      await edge.cache?.purge(keysOf(scope)(route.id, PUBLIC_URL));
    },
    async ask(init = {}, asked = sid) {
      const response = await answer(new Request(PUBLIC_URL + pathOf(asked), init));
      return { status: response.status, headers: response.headers, text: await response.text() };
    },
    cue: async () => {
      await tell('cue');
    },
    async settle() {
      while (background.length > 0) await background.shift();
    },
  };
}
