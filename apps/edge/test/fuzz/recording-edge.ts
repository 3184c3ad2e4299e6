import { parseConfig, VERSION } from '../../src/config/config.ts';
import { createEdge } from '../../src/create-edge.ts';
import type { HttpRequest, HttpResponse } from '../../src/http/types.ts';
import { createTwilioSource } from '../../src/twilio/twilio-source.ts';
import { NOW } from '@room-recordings/testing/fake-clock';
import { PUBLIC_URL, RECORDING } from '../support/recording.ts';

/** What must not leave the edge, whatever is sent to it. */
export const CANARY = 'canary-5f3e9a';
const API_KEY = 'SK5f3e9a';
const SECRETS = [CANARY, btoa(`${API_KEY}:${CANARY}`)];

const UPSTREAM = 'https://video.twilio.com';
/** All that Twilio is told beside the URL, whatever a request says. */
const FIELDS = [
  ['accept', 'application/json'],
  ['authorization', `Basic ${SECRETS[1]}`],
  ['user-agent', `room-recordings/${VERSION}`],
];
const SENT = JSON.stringify(['GET', 'manual', FIELDS, undefined]);

/** An edge whose answers, log and calls are looked through. */
export interface GuardedEdge {
  /** Asks, and throws where the answer, or what was logged of it, is one that must never be. */
  ask(asked: HttpRequest): Promise<HttpResponse>;
  /** The URLs that the source was asked for by the last request. */
  readonly called: readonly string[];
}

/** Answers as Twilio does, with the recording that was asked for. */
export function answerWell(url: string): Response {
  const [, , , room_sid, , sid] = new URL(url).pathname.split('/');
  return Response.json({ ...RECORDING, sid, room_sid });
}

/** Makes one. Between two requests an hour passes, so that no cap and no pause is left of the one before. */
export function makeGuardedEdge(answer: (url: string) => Response = answerWell): GuardedEdge {
  let now = NOW;
  let called: string[] = [];
  let logged = '';
  const settings = parseConfig({
    ACCESS: 'public',
    RECORDINGS_SOURCE: 'twilio',
    TWILIO_API_KEY: API_KEY,
    TWILIO_API_SECRET: CANARY,
    PUBLIC_URL,
    ALLOWED_ORIGINS: 'https://app.example.com',
  });
  if (settings.source?.name !== 'twilio') throw new Error('The source is not twilio.');
  const fetchTwilio = async (url: string, { headers, redirect, method = 'GET', body }: RequestInit) => {
    const sent = JSON.stringify([method, redirect, [...new Headers(headers)], body]);
    if (sent !== SENT) throw new Error(`It sent ${sent}.`);
    called.push(url);
    return answer(url);
  };
  // Nothing here takes time.
  const sleep = (_ms: number, signal: AbortSignal) =>
    new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  const source = createTwilioSource(settings.source, fetchTwilio, {
    now: () => now,
    sleep,
    // No second try: nobody would end the pause before it.
    random: () => Number.POSITIVE_INFINITY,
    staleOnUpstreamAuth: false,
  });
  const { app } = createEdge(settings, source, {
    now: () => now,
    sleep,
    logger: { wants: () => true, write: (line) => (logged += JSON.stringify(line)) },
  });
  return {
    get called() {
      return called;
    },
    async ask(asked) {
      now += 3_600_000;
      called = [];
      logged = '';
      const reply = await app(asked);
      inspect(reply, logged, SECRETS);
      for (const url of called) {
        const path = url.slice(UPSTREAM.length);
        if (!url.startsWith(UPSTREAM) || !UPSTREAM_PATH.test(path)) throw new Error(`It asked for ${url}.`);
      }
      return reply;
    },
  };
}

const UPSTREAM_PATH = /^\/v1\/Rooms\/RM[0-9a-f]{32}\/Recordings\/RT[0-9a-f]{32}$/;

/** Throws where an answer is 500, no answer that a wire may carry, or no problem, and where a secret left in it or in the log. */
export function inspect(
  { status, headers, body, code }: HttpResponse,
  logged: string,
  secrets: readonly string[],
): void {
  const text = body === null ? '' : new TextDecoder().decode(body);
  if (status === 500 || code === 'internal') throw new Error(`It answered 500: ${logged}`);
  // A status, a name or a value that no wire may carry throws here.
  const response = new Response(null, { status, headers });
  const left = [text, logged, ...[...response.headers].flat()].join('\n');
  for (const secret of secrets) if (left.includes(secret)) throw new Error('A secret left.');
  if (status < 400 || body === null) return;
  // A problem document is an object; anything else throws at the next line.
  const problem = JSON.parse(text) as Readonly<Record<string, unknown>>;
  if (problem['status'] !== status || problem['code'] !== code) throw new Error(`Not a problem: ${text}`);
}
