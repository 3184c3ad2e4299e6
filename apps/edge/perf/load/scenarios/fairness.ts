import { setTimeout as sleep } from 'node:timers/promises';
import type { Measurement } from '../measurement.ts';
import { openConnection, type RawResponse } from '../connection.ts';
import { FIRST_UNKNOWN, toRecordingPath } from '../recordings.ts';
import { spawnEdge, type SpawnedEdge, type ServerRuntime } from '../spawned-server.ts';
import { signToken, TOKEN_SECRET, TOKEN_SETTINGS } from '../tokens.ts';

const SECONDS = 15;
const READS_PER_SECOND = 5;
/** The indexes of the first recordings of the reader and of a flood. */
const [FIRST_OF_READER, FIRST_OF_FLOOD] = [1_000_000, 10_000_000];

interface Attack {
  readonly name: string;
  readonly minShare: number;
  readonly clients: number;
  /** Requests of each client: at the start, and then per second. */
  readonly burst: number;
  readonly perSecond: number;
  readonly settings: Readonly<Record<string, string>>;
}

const ONE_CLIENT: Attack = {
  name: 'one client, 500 per second',
  minShare: 0.95,
  clients: 1,
  burst: 0,
  perSecond: 500,
  settings: {},
};
const TWENTY_CLIENTS: Attack = {
  name: '20 clients with RATE_LIMIT=60/60',
  minShare: 0.8,
  clients: 20,
  burst: 60,
  perSecond: 1,
  settings: { RATE_LIMIT: '60/60' },
};

/** Creates the headers that identify a client by its index. */
type CreateClientHeaders = (index: number) => Readonly<Record<string, string>>;

const toAddressHeaders: CreateClientHeaders = (index) => ({ 'x-real-ip': `192.0.2.${index}` });
const toTokenHeaders: CreateClientHeaders = (index) => ({ authorization: `Bearer ${signToken(index)}` });

/** Measures the successful cache misses of one client while others flood the edge with unknown or with valid SIDs. */
export async function measureFairness(runtime: ServerRuntime): Promise<readonly Measurement[]> {
  const measurements: Measurement[] = [];
  for (const attack of [ONE_CLIENT, TWENTY_CLIENTS]) {
    for (const first of [FIRST_UNKNOWN, FIRST_OF_FLOOD]) {
      measurements.push(await measure(runtime, attack, first, 'address', toAddressHeaders));
    }
  }
  measurements.push(await measure(runtime, ONE_CLIENT, FIRST_UNKNOWN, 'token', toTokenHeaders));
  return measurements;
}

async function measure(
  runtime: ServerRuntime,
  attack: Attack,
  first: number,
  by: 'address' | 'token',
  createHeaders: CreateClientHeaders,
): Promise<Measurement> {
  const access = by === 'token' ? TOKEN_SETTINGS : { CLIENT_IP_HEADER: 'X-Real-IP' };
  const edge = await spawnEdge(runtime, { ...attack.settings, ...access, TWILIO_API_SECRET: TOKEN_SECRET });
  try {
    await edge.twilio.setDelay(20);
    const until = performance.now() + SECONDS * 1_000;
    const floods = Array.from({ length: attack.clients }, (_, index) =>
      flood(edge, attack, first + index * 1_000_000, createHeaders(1 + index), until),
    );
    const responses = await read(edge, createHeaders(0), until);
    const floodResponses = (await Promise.all(floods)).flat();
    return describe(edge, attack, first, by, responses, floodResponses);
  } finally {
    await edge.stop();
  }
}

/** Reads another recording at a constant rate, without waiting for earlier responses. */
async function read(
  { port }: SpawnedEdge,
  headers: Readonly<Record<string, string>>,
  until: number,
): Promise<readonly RawResponse[]> {
  const responses: Promise<RawResponse>[] = [];
  for (let index = 0; performance.now() < until; index += 1) {
    responses.push(request(port, FIRST_OF_READER + index, headers));
    await sleep(1_000 / READS_PER_SECOND);
  }
  return Promise.all(responses);
}

async function request(
  port: number,
  index: number,
  headers: Readonly<Record<string, string>>,
): Promise<RawResponse> {
  const connection = await openConnection(port);
  const response = await connection.get(toRecordingPath(index), headers);
  connection.close();
  return response;
}

/** Sends requests at a constant rate over several connections. */
async function flood(
  { port }: SpawnedEdge,
  { burst, perSecond }: Attack,
  first: number,
  headers: Readonly<Record<string, string>>,
  until: number,
): Promise<readonly RawResponse[]> {
  const startedAt = performance.now();
  const connections = await Promise.all(
    Array.from({ length: Math.min(60, perSecond + burst) }, () => openConnection(port)),
  );
  let sent = 0;
  const due = () => burst + ((performance.now() - startedAt) / 1_000) * perSecond;
  const responses = await Promise.all(
    connections.map(async (opened) => {
      let connection = opened;
      const received: RawResponse[] = [];
      while (performance.now() < until) {
        if (sent >= due()) {
          await sleep(5);
          continue;
        }
        sent += 1;
        // A server closes idle connections.
        if (!connection.isOpen) connection = await openConnection(port);
        try {
          received.push(await connection.get(toRecordingPath(first + sent), headers));
        } catch {
          connection = await openConnection(port);
        }
      }
      connection.close();
      return received;
    }),
  );
  return responses.flat();
}

function describe(
  { runtime }: SpawnedEdge,
  { name, minShare, clients }: Attack,
  first: number,
  by: string,
  responses: readonly RawResponse[],
  floodResponses: readonly RawResponse[],
): Measurement {
  const found = responses.filter(({ status }) => status === 200).length;
  const share = found / responses.length;
  const counts = new Map<number, number>();
  for (const { status } of floodResponses) counts.set(status, (counts.get(status) ?? 0) + 1);
  const statuses = [...counts].toSorted(([a], [b]) => a - b).map(([status, count]) => `${count} × ${status}`);
  const missing = counts.get(404) ?? 0;
  const maxMissing = 5 * SECONDS + 20 + clients;
  return {
    name: `fairness, ${first === FIRST_UNKNOWN ? 'unknown' : 'valid'} SIDs of ${name}, by ${by}`,
    target: `cache misses of another client ≥ ${minShare * 100} %; ≤ ${maxMissing} × 404`,
    measured: `${(share * 100).toFixed(1)} % of ${responses.length}; responses to the flood: ${statuses.join(', ')}`,
    isMet: share >= minShare && missing <= maxMissing,
    runtime,
    method: `${READS_PER_SECOND} cache misses per second beside the flood, ${SECONDS} s, upstream 20 ms, open loop for the reads, 1 run; per process`,
  };
}
