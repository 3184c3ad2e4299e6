import { runCases, type Report } from '@room-recordings/testing/run-cases';
import { asyncProperty, constantFrom, integer } from 'fast-check';
import type { HttpRequest } from '../../src/http/types.ts';
import { PUBLIC_URL, RECORDING } from '../support/recording.ts';
import { ACCESS_PROPERTIES } from './access-properties.ts';
import { anyBody, changes, headers, method, target, validPath } from './arbitraries.ts';
import { answerWell, CANARY, makeGuardedEdge } from './recording-edge.ts';
import { askFor, property, textOf, type Property } from './property.ts';

/** What holds for everyone, and then what holds where access is by token or signed URL. */
export const PROPERTIES: readonly Property[] = [
  property('S02-S11: whatever is asked for, only two SIDs that are some reach the source', () => {
    const edge = makeGuardedEdge();
    return asyncProperty(method, target, async (asks, path) => {
      const asked = askFor(path, asks);
      const { body } = await edge.ask(asked);
      const isRead = mayReach(asked);
      if (edge.called.length > (isRead ? 1 : 0))
        throw new Error(`The source was asked ${edge.called.length} times.`);
      if (!isRead && textOf(body).startsWith('{"account_sid"')) throw new Error('A recording was answered.');
    });
  }),
  property('S14-S20, S31: whatever headers say, a recording is answered as it is, or a condition is', () => {
    const edge = makeGuardedEdge();
    return asyncProperty(validPath, headers, async (path, fields) => {
      const { status, body } = await edge.ask(askFor(path, 'GET', fields));
      if (![200, 304, 412].includes(status)) throw new Error(`It answered ${status}.`);
      const text = textOf(body);
      if (status === 200 && !text.includes(`"url":"${PUBLIC_URL}/v1/Rooms/`)) throw new Error(text);
    });
  }),
  property('S12, F12: whatever attributes the source changes, the answer is a recording or 502', () =>
    asyncProperty(validPath, changes, async (path, changed) => {
      const edge = makeGuardedEdge((url) => {
        const [, , , room_sid, , sid] = new URL(url).pathname.split('/');
        return Response.json({ ...RECORDING, sid, room_sid, ...changed });
      });
      const { status } = await edge.ask(askFor(path));
      if (status !== 200 && status !== 502) throw new Error(`It answered ${status}.`);
    }),
  ),
  property('S26: whatever the source answers, nothing of it leaves in an error', () =>
    asyncProperty(validPath, integer({ min: 200, max: 599 }), anyBody, async (path, status, text) => {
      const edge = makeGuardedEdge(() => {
        const body = [204, 205, 304].includes(status) ? null : `${text}${CANARY}`;
        return new Response(body, { status, headers: { 'x-echo': CANARY, 'www-authenticate': CANARY } });
      });
      const answered = await edge.ask(askFor(path));
      if (answered.status < 400) throw new Error(`It answered ${answered.status}.`);
    }),
  ),
  property('S01: both spellings of the digits are one recording, asked for in one spelling', () => {
    const edge = makeGuardedEdge(answerWell);
    return asyncProperty(validPath, constantFrom('GET', 'HEAD'), async (path, asks) => {
      const spelt = path.replaceAll(/(?<=RM|RT)[0-9a-fA-F]{32}/g, (digits) => digits.toUpperCase());
      const first = await edge.ask(askFor(spelt, asks));
      const second = await edge.ask(askFor(path, asks));
      if (first.status !== 200 || second.status !== 200) throw new Error(`${first.status}, ${second.status}`);
    });
  }),
  ...ACCESS_PROPERTIES,
];

const RECORDING_PATH = /^\/v1\/Rooms\/RM[0-9a-fA-F]{32}\/Recordings\/RT[0-9a-fA-F]{32}$/;

/** Whether it leads to a recording, by the platform's own parser. */
function mayReach({ url, method: asks }: HttpRequest): boolean {
  if (asks !== 'GET' && asks !== 'HEAD') return false;
  const { pathname, origin } = new URL(url);
  return origin === PUBLIC_URL && RECORDING_PATH.test(pathname);
}

/** Proves every property on this runtime. */
export function runProperties(numRuns: number): Promise<Report> {
  return runCases(PROPERTIES, numRuns);
}
