import { env, exports } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { FIRST_PATH, seed, SEED } from '../../scripts/seed.ts';
import { d1Database } from '../../src/archive/d1.ts';
import { migrate } from '../../src/archive/database.ts';

const ORIGIN = 'https://recordings.example.com';

interface Page {
  readonly recordings: readonly { readonly sid: string }[];
  readonly meta: { readonly next_page_url: string | null };
}

const request = (path: string, init?: RequestInit) => exports.default.fetch(new Request(ORIGIN + path, init));

beforeAll(async () => {
  const database = d1Database(env.DB);
  await migrate(database, env.MIGRATIONS);
  await seed(database, SEED);
});

describe('the Worker with a D1 archive', () => {
  it.each(SEED)(
    'responds with recording $sid of the seed',
    async ({ sid, room_sid, status, codec, offset, grouping_sids }) => {
      const response = await request(`/v1/Rooms/${room_sid}/Recordings/${sid}`);
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({
        sid,
        room_sid,
        status,
        codec,
        offset,
        grouping_sids: JSON.parse(grouping_sids),
      });
    },
  );

  it('uses the origin of the request in links if PUBLIC_URL is not set', async () => {
    const response = await request(FIRST_PATH);
    expect(await response.json()).toMatchObject({
      url: ORIGIN + FIRST_PATH,
      links: { media: `${ORIGIN}${FIRST_PATH}/Media` },
    });
  });

  it('responds 304 to the ETag of the recording', async () => {
    const { headers } = await request(FIRST_PATH);
    const response = await request(FIRST_PATH, { headers: { 'If-None-Match': headers.get('ETag') ?? '' } });
    expect(response.status).toBe(304);
  });

  it('responds 404 for an unknown recording', async () => {
    const response = await request(FIRST_PATH.replace(/a{32}$/, '0'.repeat(32)));
    expect(response.status).toBe(404);
  });

  it('lists the recordings of a room page by page', async () => {
    const sids: string[] = [];
    const room = SEED[0]?.room_sid;
    let url: string | null = `${ORIGIN}/v1/Rooms/${room}/Recordings?PageSize=2`;
    while (url !== null) {
      const response = await request(url.slice(ORIGIN.length));
      // The shape of a page, which the tests of the route compare.
      const page: Page = await response.json();
      sids.push(...page.recordings.map(({ sid }) => sid));
      url = page.meta.next_page_url;
    }
    const expected = SEED.filter(({ room_sid }) => room_sid === room);
    expect(sids.toSorted()).toEqual(expected.map(({ sid }) => sid).toSorted());
  });

  it('responds to the health check', async () => {
    const response = await request('/healthz');
    expect(await response.json()).toMatchObject({ status: 'ok', source: 'archive' });
  });

  it('keeps its rows if the archive is migrated and seeded again', async () => {
    const database = d1Database(env.DB);
    await migrate(database, env.MIGRATIONS);
    await seed(database, SEED);
    const rows = await database.all({ sql: 'SELECT count(*) AS count FROM recordings', values: [] });
    expect(rows).toEqual([{ count: SEED.length }]);
  });

  it('runs all statements of a batch, or none of them', async () => {
    const database = d1Database(env.DB);
    const failed = database.run([
      { sql: 'DELETE FROM recordings', values: [] },
      { sql: 'INSERT INTO nowhere VALUES (1)', values: [] },
    ]);
    await expect(failed).rejects.toThrow('no such table: nowhere');
    const rows = await database.all({ sql: 'SELECT count(*) AS count FROM recordings', values: [] });
    expect(rows).toEqual([{ count: SEED.length }]);
  });
});
