import { describe, expect, it } from 'vitest';
import { matchRoute } from '../../src/routes/router.ts';
import { PATH, ROOM_SID, SID } from '../support/recording.ts';

const UPPER = `/v1/Rooms/RM${'A'.repeat(32)}/Recordings/RT${'A'.repeat(32)}`;

describe('findRoute', () => {
  it.each([
    ['a recording', PATH, { name: 'recording', id: { roomSid: ROOM_SID, sid: SID } }],
    [
      'S01: upper-case digits, folded to lower case',
      UPPER,
      { name: 'recording', id: { roomSid: ROOM_SID, sid: SID } },
    ],
    ['the health check', '/healthz', { name: 'healthz' }],
    ['the readiness check', '/readyz', { name: 'readyz' }],
    ['the page of errors', '/errors', { name: 'errors' }],
  ])('finds %s', (_what, path, route) => {
    expect(matchRoute(path)).toEqual(route);
  });

  it.each([
    ['S02: a SID of 31 digits', `/v1/Rooms/${ROOM_SID}/Recordings/${SID.slice(0, -1)}`],
    ['S02: a SID of 33 digits', `/v1/Rooms/${ROOM_SID}/Recordings/${SID}a`],
    ['S02: a lower-case prefix', `/v1/Rooms/${ROOM_SID.replace('RM', 'rm')}/Recordings/${SID}`],
    ['S02: digits that are not hexadecimal', `/v1/Rooms/${ROOM_SID}/Recordings/RT${'g'.repeat(32)}`],
    ['S02: an extension', `${PATH}.json`],
    ['S02: a matrix parameter', `${PATH};x=1`],
    ['S02: the SIDs in each other’s places', `/v1/Rooms/${SID}/Recordings/${ROOM_SID}`],
    ['S03: a room’s unique name', `/v1/Rooms/daily-standup/Recordings/${SID}`],
    ['S04: an encoded letter', `/v1/Rooms/${ROOM_SID}/Recordings/%52T${'a'.repeat(32)}`],
    ['S05: an encoding of nothing', `/v1/Rooms/${ROOM_SID}/Recordings/%C0%AF`],
    ['S05: a lone percent sign', `/v1/Rooms/%/Recordings/${SID}`],
    ['S09: an encoded line feed', `${PATH}%0A.css`],
  ])('knows a recording’s route without an id: %s', (_what, path) => {
    expect(matchRoute(path)).toEqual({ name: 'recording', id: undefined });
  });

  it.each([
    ['S08: a trailing slash', `${PATH}/`],
    ['S08: an empty segment', `/v1//Rooms/${ROOM_SID}/Recordings/${SID}`],
    ['S08: an empty SID', `/v1/Rooms//Recordings/${SID}`],
    ['S08: another authority as a path', `//evil.example${PATH}`],
    ['S09: a further segment', `${PATH}/x.css`],
    ['S10: a path of another case', PATH.replace('Rooms', 'rooms')],
    ['S10: another version', PATH.replace('/v1/', '/v2/')],
    ['S10: another resource of a room', `/v1/Rooms/${ROOM_SID}/Participants`],
    ['the root', '/'],
    ['the health check with a slash', '/healthz/'],
    ['the readiness check with a slash', '/readyz/'],
  ])('finds nothing at %s', (_what, path) => {
    expect(matchRoute(path)).toBeUndefined();
  });
});
