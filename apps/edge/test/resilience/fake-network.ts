import type { LoggedCall } from '@room-recordings/testing/fake-twilio';
import { MISBEHAVIOUR_KEPT_ALIVE, MISBEHAVIOUR_ON_CUE } from '@room-recordings/testing/misbehaviour';
import type { FetchFunction } from '../../src/http/types.ts';
import type { Addresses, Row } from './fault.ts';
import { makeSightings, type Sightings } from './barrier.ts';

/** The way to a Twilio that is good until it is told otherwise, by the runtime's own fetch. */
export interface Network {
  readonly fetch: FetchFunction;
  /** Does what the row says from now on, or what is drawn for each call; undefined: as it should. */
  misbehave(act: Row['act'] | (() => Row['act']) | undefined): void;
  /** What the edge has seen of its calls. */
  readonly seen: Sightings;
  /** Lets the fake Twilio go on. */
  cue(): Promise<void>;
  /** What the fake Twilio was asked for the recording. */
  callLog(): Promise<readonly LoggedCall[]>;
  /** The same, as soon as all those connections are closed. */
  closedCalls(): Promise<readonly LoggedCall[]>;
}

const LONGEST_CLOSING_MS = 5_000;

/** Opens it for the calls about one recording. */
export function openNetwork({ twilio, keepAliveTwilio, ...deadEnds }: Addresses, sid: string): Network {
  const seen = makeSightings();
  let draw: () => Row['act'] = () => 'good';

  const tell = async (what: 'cue' | 'log' | 'closed'): Promise<string> => {
    const method = what === 'cue' ? 'POST' : 'GET';
    // For connections that are never closed: a case that fails, and does not hang.
    const signal = AbortSignal.timeout(LONGEST_CLOSING_MS);
    return (await fetch(`${twilio}/${what}/${sid}`, { method, signal })).text();
  };
  const list = async (what: 'log' | 'closed'): Promise<readonly LoggedCall[]> =>
    // The fake Twilio alone writes this log, and in this form.
    JSON.parse(await tell(what)) as readonly LoggedCall[];

  function locate(playing: Row['act']): string {
    if (typeof playing !== 'string') return deadEnds[playing.address];
    return `${MISBEHAVIOUR_KEPT_ALIVE.has(playing) ? keepAliveTwilio : twilio}/${playing}`;
  }

  return {
    async fetch(url, init) {
      const playing = draw();
      seen.note('request');
      const response = await fetch(locate(playing) + url.slice(twilio.length), init);
      if (typeof playing === 'string' && MISBEHAVIOUR_ON_CUE.has(playing)) await tell('cue');
      seen.note('headers');
      return playing === 'trickle' ? countPieces(response, seen) : response;
    },
    misbehave(next = 'good') {
      draw = typeof next === 'function' ? next : () => next;
    },
    seen,
    cue: async () => {
      await tell('cue');
    },
    callLog: () => list('log'),
    closedCalls: () => list('closed'),
  };
}

/** Notes each piece of a body; who gives it up gives up the connection at once, as without this in between. */
function countPieces(response: Response, seen: Sightings): Response {
  const reader = response.body?.getReader();
  if (reader === undefined) return response;
  const source = {
    async pull(controller: ReadableStreamDefaultController<Uint8Array>) {
      const { done, value } = await reader.read();
      if (done) {
        controller.close();
        return;
      }
      seen.note('piece');
      controller.enqueue(value);
    },
    cancel: (reason: unknown) => reader.cancel(reason),
  };
  return new Response(new ReadableStream(source, { highWaterMark: 0 }), response);
}
