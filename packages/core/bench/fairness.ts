import { PARSERS } from './parsers.ts';

const ACCEPTED = [
  {},
  { size: '1024', duration: '12', offset: '-155137307765' },
  { date_created: '2020-08-20T01:42:05.839174+02:00' },
  { sid: null, links: null, size: null, grouping_sids: null },
  { sid: undefined, links: undefined, offset: undefined, account_sid: undefined },
  { status_callback: 'https://example.com/', links: { media: 'http://127.0.0.1/', more: '' } },
  { codec: 'Vp8', type: 'video', container_format: 'mkv', status: 'completed' },
];

const REJECTED = [
  { date_created: '2015-06-31T20:00:00Z' },
  { date_created: '2015-06-30 20:00:00Z' },
  { sid: 'MTaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' },
  { room_sid: 'RMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' },
  { status: 'enqueued' },
  { status: null },
  { codec: undefined },
  { codec: 'vp9' },
  { size: -1 },
  { size: '-1' },
  { size: 1.5 },
  { offset: '9007199254740993' },
  { offset: '010' },
  { duration: true },
  { grouping_sids: ['RM'] },
  { grouping_sids: { room_sid: 1 } },
  { links: { media: 1 } },
  { url: 1 },
  { url: '/v1/Rooms' },
  { media_external_location: 's3://bucket/path' },
  { links: { media: '' } },
];

/** Throws unless all parsers accept and reject the same values: a missing rule would make one of them faster. */
export function checkFairness(example: object): void {
  for (const change of ACCEPTED) {
    const text = JSON.stringify({ ...example, ...change });
    const read = PARSERS.map((parser) => sorted(parser.read(text)));
    if (new Set(read).size !== 1) throw new Error(`Not the same: ${text}\n${read.join('\n')}`);
  }
  for (const change of REJECTED) {
    const text = JSON.stringify({ ...example, ...change });
    const lenient = PARSERS.filter(({ read }) => !throws(() => read(text)));
    if (lenient.length > 0)
      throw new Error(`${lenient.map(({ name }) => name).join(', ')} accepts ${JSON.stringify(change)}`);
  }
}

function sorted(read: unknown): string {
  return JSON.stringify(Object.entries(read ?? {}).toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

function throws(call: () => unknown): boolean {
  try {
    call();
    return false;
  } catch {
    return true;
  }
}
