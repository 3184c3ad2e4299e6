import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseRoomRecording } from '@room-recordings/core';
import twilio from 'twilio';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SEED } from '../../scripts/seed.ts';
import { openArchive } from '../../src/archive/sqlite.ts';
import { PATH, ROOM_SID, SID } from '../support/recording.ts';
import { findFreePort, getLocalCommand, runToExit, start, type EdgeProcess } from './edge-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'local-'));
let port: number;
let local: EdgeProcess;

const startLocal = () => start(getLocalCommand(folder), { PORT: String(port) }, 'curl ');

/** Changes a row in the database of a stopped edge. */
async function renameTrack(name: string): Promise<void> {
  const archive = await openArchive(join(folder, '.state/local.db'));
  await archive.run([{ sql: 'UPDATE recordings SET track_name = ? WHERE sid = ?', values: [name, SID] }]);
  archive.close();
}

beforeAll(async () => {
  port = await findFreePort();
  local = await startLocal();
}, 60_000);

afterAll(async () => {
  await local.stop();
  rmSync(folder, { recursive: true });
});

describe('pnpm start', () => {
  it('prints a request whose response is a recording with all 17 attributes', async () => {
    const [, url = 'none'] = /curl (\S+)/.exec(local.text()) ?? [];
    const response = await fetch(url);
    const body: unknown = await response.json();
    expect(response.status).toBe(200);
    expect(body).toEqual(parseRoomRecording(body));
    expect(Object.keys(parseRoomRecording(body))).toHaveLength(17);
    expect(body).toMatchObject({ url, links: { media: `${url}/Media` } });
  });

  it('prints a list, a timeline and a video of the seeded room', async () => {
    const urls = [...local.text().matchAll(/^  (?:curl )?(http\S+)$/gm)].map(([, url = '']) => url);
    const responses = await Promise.all(urls.map((url) => fetch(url)));
    const types = responses.map(({ status, headers }) => [status, headers.get('Content-Type')]);
    expect(types).toEqual([
      [200, 'application/json'],
      [200, 'application/json'],
      [200, 'application/json'],
      [200, 'video/webm'],
    ]);
    const [, list, timeline, video] = await Promise.all(responses.map((response) => response.arrayBuffer()));
    const parse = (body: ArrayBuffer | undefined): unknown => JSON.parse(new TextDecoder().decode(body));
    expect(parse(list)).toMatchObject({ recordings: { length: 4 } });
    expect(parse(timeline)).toMatchObject({ start: 1.564, end: 37.584, tracks: { length: 4 } });
    expect(video?.byteLength).toBe(SEED.find(({ codec }) => codec === 'VP8')?.size);
  });

  it('reads a recording once: the second response is a cache hit with an Age, and If-None-Match gets 304', async () => {
    const { room_sid, sid } = SEED.at(-1) ?? { room_sid: '', sid: '' };
    const url = `http://127.0.0.1:${port}/v1/Rooms/${room_sid}/Recordings/${sid}`;
    const first = await fetch(url);
    const second = await fetch(url);
    const third = await fetch(url, { headers: { 'If-None-Match': first.headers.get('ETag') ?? '' } });
    expect(first.headers.get('Cache-Status')).toBe('room-recordings; fwd=uri-miss; fwd-status=200; stored');
    for (const { headers } of [second, third]) {
      expect(headers.get('Cache-Status')).toMatch(/^room-recordings; hit; ttl=\d+$/);
      expect(headers.get('Age')).toMatch(/^\d+$/);
    }
    expect([first.status, second.status, third.status]).toEqual([200, 200, 304]);
  });

  it('allows every origin and prints its default settings', async () => {
    const { headers } = await fetch(`http://127.0.0.1:${port}${PATH}`, {
      headers: { Origin: 'https://app.example.com' },
    });
    expect(headers.get('Access-Control-Allow-Origin')).toBe('*');
    expect(local.text()).toContain('RECORDINGS_SOURCE=archive ACCESS=public ALLOWED_ORIGINS=*');
  });

  it('keeps its data after a restart', async () => {
    expect(await local.stop()).toBe(0);
    await renameTrack('renamed');
    local = await startLocal();
    const after = await fetch(`http://127.0.0.1:${port}${PATH}`);
    expect(await after.json()).toMatchObject({ track_name: 'renamed' });
    expect(await local.stop()).toBe(0);
    await renameTrack('microphone');
    local = await startLocal();
  });
});

describe('twilio-node 6 with the edge of pnpm start as its base URL', () => {
  function getRecordings(roomSid: string) {
    const client = twilio(`AC${'a'.repeat(32)}`, 'any token');
    client.video.baseUrl = `http://127.0.0.1:${port}`;
    return client.video.v1.rooms(roomSid).recordings;
  }

  it('fetches a recording', async () => {
    const recording = await getRecordings(ROOM_SID)(SID).fetch();
    expect(recording).toMatchObject({
      sid: SID,
      roomSid: ROOM_SID,
      status: 'completed',
      codec: 'OPUS',
      dateCreated: new Date('2026-03-02T09:00:00Z'),
      offset: 155137307765,
      trackName: 'microphone',
    });
  });

  it('throws a RestException with status 404 and code 20404 for a missing recording', async () => {
    const read = getRecordings(ROOM_SID)(`RT${'0'.repeat(32)}`).fetch();
    await expect(read).rejects.toBeInstanceOf(twilio.RestException);
    await expect(read).rejects.toMatchObject({
      status: 404,
      code: 20404,
      moreInfo: `http://127.0.0.1:${port}/errors#not_found`,
      message: 'The path does not exist, or the room has no such recording.',
    });
  });
});

describe('pnpm start exits with one line', () => {
  async function runToErrorLine(
    environment: Readonly<Record<string, string>>,
    archiveFolder: string = folder,
  ): Promise<string> {
    const { code, text } = await runToExit(getLocalCommand(archiveFolder), environment);
    expect(code).toBe(1);
    expect(text.trimEnd().split('\n')).toHaveLength(1);
    return text.trimEnd();
  }

  let otherServer: Server;

  beforeAll(async () => {
    otherServer = createServer().listen(0, '127.0.0.1');
    await once(otherServer, 'listening');
  });

  afterAll(() => otherServer.close());

  it('if the port is in use', async () => {
    const address = otherServer.address();
    if (address === null || typeof address === 'string') throw new Error('The server has no port.');
    const line = await runToErrorLine({ PORT: String(address.port) });
    expect(line).toBe(`Port ${address.port} is in use. Stop the other program, or set PORT to a free port.`);
  });

  it('if a setting is invalid', async () => {
    expect(await runToErrorLine({ PORT: 'http' })).toBe('PORT must be a number from 1 to 65535.');
  });

  it('if the folder is read-only', async () => {
    const file = join(folder, 'a-file');
    writeFileSync(file, '');
    expect(await runToErrorLine({ PORT: String(await findFreePort()) }, file)).toMatch(
      /^The folder .*a-file\/\.state cannot be written: ENOTDIR/,
    );
  });
});
