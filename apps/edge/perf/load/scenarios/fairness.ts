import { setTimeout as sleep } from 'node:timers/promises';
import type { Figure } from '../measurement.ts';
import { openConnection, type Received } from '../connection.ts';
import { NOWHERE, pathOf } from '../recordings.ts';
import { serveEdge, type ServedEdge, type ServedRuntime } from '../spawned-server.ts';
import { signToken, TOKEN_SECRET, TOKEN_SETTINGS } from '../tokens.ts';

const SECONDS = 15;
const READS_PER_SECOND = 5;
/** The first recordings of the reader and of a flood. */
const [OF_READER, OF_FLOOD] = [1_000_000, 10_000_000];

interface Attack {
  readonly name: string;
  readonly least: number;
  readonly callers: number;
  /** Requests of each caller: at once, and then a second. */
  readonly burst: number;
  readonly perSecond: number;
  readonly settings: Readonly<Record<string, string>>;
}

const ONE: Attack = {
  name: 'one caller, 500 a second',
  least: 0.95,
  callers: 1,
  burst: 0,
  perSecond: 500,
  settings: {},
};
const TWENTY: Attack = {
  name: '20 callers with RATE_LIMIT=60/60',
  least: 0.8,
  callers: 20,
  burst: 60,
  perSecond: 1,
  settings: { RATE_LIMIT: '60/60' },
};

/** Names the nth caller in the headers of its requests. */
type NameCaller = (nth: number) => Readonly<Record<string, string>>;

const BY_ADDRESS: NameCaller = (nth) => ({ 'x-real-ip': `192.0.2.${nth}` });
const BY_TOKEN: NameCaller = (nth) => ({ authorization: `Bearer ${signToken(nth)}` });

/** Cold reads of one caller that succeed while others flood the edge, by invented SIDs and by valid ones. */
export async function measureFairness(runtime: ServedRuntime): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const attack of [ONE, TWENTY]) {
    for (const first of [NOWHERE, OF_FLOOD]) {
      figures.push(await measure(runtime, attack, first, 'address', BY_ADDRESS));
    }
  }
  figures.push(await measure(runtime, ONE, NOWHERE, 'token', BY_TOKEN));
  return figures;
}

async function measure(
  runtime: ServedRuntime,
  attack: Attack,
  first: number,
  by: 'address' | 'token',
  nameCaller: NameCaller,
): Promise<Figure> {
  const access = by === 'token' ? TOKEN_SETTINGS : { CLIENT_IP_HEADER: 'X-Real-IP' };
  const edge = await serveEdge(runtime, { ...attack.settings, ...access, TWILIO_API_SECRET: TOKEN_SECRET });
  try {
    await edge.twilio.setDelay(20);
    const until = performance.now() + SECONDS * 1_000;
    const floods = Array.from({ length: attack.callers }, (_, nth) =>
      flood(edge, attack, first + nth * 1_000_000, nameCaller(1 + nth), until),
    );
    const answers = await read(edge, nameCaller(0), until);
    const flooded = (await Promise.all(floods)).flat();
    return describe(edge, attack, first, by, answers, flooded);
  } finally {
    await edge.stop();
  }
}

/** Reads another recording every so often, and waits for none of them. */
async function read(
  { port }: ServedEdge,
  headers: Readonly<Record<string, string>>,
  until: number,
): Promise<readonly Received[]> {
  const answers: Promise<Received>[] = [];
  for (let nth = 0; performance.now() < until; nth += 1) {
    answers.push(ask(port, OF_READER + nth, headers));
    await sleep(1_000 / READS_PER_SECOND);
  }
  return Promise.all(answers);
}

async function ask(port: number, nth: number, headers: Readonly<Record<string, string>>): Promise<Received> {
  const connection = await openConnection(port);
  const received = await connection.get(pathOf(nth), headers);
  connection.close();
  return received;
}

/** Sends at a constant rate, over some connections in turn. */
async function flood(
  { port }: ServedEdge,
  { burst, perSecond }: Attack,
  first: number,
  headers: Readonly<Record<string, string>>,
  until: number,
): Promise<readonly Received[]> {
  const startedAt = performance.now();
  const lanes = await Promise.all(
    Array.from({ length: Math.min(60, perSecond + burst) }, () => openConnection(port)),
  );
  let sent = 0;
  const due = () => burst + ((performance.now() - startedAt) / 1_000) * perSecond;
  const received = await Promise.all(
    lanes.map(async (opened) => {
      let connection = opened;
      const own: Received[] = [];
      while (performance.now() < until) {
        if (sent >= due()) {
          await sleep(5);
          continue;
        }
        sent += 1;
        // A server closes a connection that was idle for some seconds.
        if (!connection.isOpen) connection = await openConnection(port);
        try {
          own.push(await connection.get(pathOf(first + sent), headers));
        } catch {
          connection = await openConnection(port);
        }
      }
      connection.close();
      return own;
    }),
  );
  return received.flat();
}

function describe(
  { runtime }: ServedEdge,
  { name, least, callers }: Attack,
  first: number,
  by: string,
  answers: readonly Received[],
  flooded: readonly Received[],
): Figure {
  const found = answers.filter(({ status }) => status === 200).length;
  const share = found / answers.length;
  const counts = new Map<number, number>();
  for (const { status } of flooded) counts.set(status, (counts.get(status) ?? 0) + 1);
  const statuses = [...counts].toSorted(([a], [b]) => a - b).map(([status, count]) => `${count} × ${status}`);
  const missing = counts.get(404) ?? 0;
  const mostMissing = 5 * SECONDS + 20 + callers;
  return {
    name: `fairness, ${first === NOWHERE ? 'invented' : 'valid'} SIDs of ${name}, by ${by}`,
    target: `cold reads of another caller ≥ ${least * 100} %; ≤ ${mostMissing} × 404`,
    measured: `${(share * 100).toFixed(1)} % of ${answers.length}; the flood got ${statuses.join(', ')}`,
    isMet: share >= least && missing <= mostMissing,
    runtime,
    method: `${READS_PER_SECOND} cold reads a second beside the flood, ${SECONDS} s, upstream 20 ms, open loop for the reads, 1 run; per process`,
  };
}
