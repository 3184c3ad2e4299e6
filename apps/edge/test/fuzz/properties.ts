import type { Case } from '@room-recordings/testing/cases';
import { runCases, type Report } from '@room-recordings/testing/run-cases';
import { assert, asyncProperty, constantFrom, integer, type IAsyncProperty } from 'fast-check';
import type { HttpRequest } from '../../src/http/types.ts';
import { PATH, PUBLIC_URL, ROOM_SID, SID } from '../support/recording.ts';
import {
  anyBody,
  applyEdits,
  changes,
  edits,
  headers,
  method,
  target,
  validPath,
} from '@room-recordings/testing/request-arbitraries';
import {
  addsOnlyUnknownMember,
  claimChanges,
  headerChanges,
  isBearer,
  isSameUrl,
  kind,
  mayGrant,
  mixed,
  presentation,
  room,
} from './credentials.ts';
import {
  API_SECRET,
  createAuthorizingEdge,
  createRecordingEdge,
  OTHER_ROOM,
  respondWithRecording,
  SECONDS,
  VALID_TOKENS,
  type AuthorizingEdge,
} from './recording-edge.ts';

/** A property of every input. Its case draws `numRuns` inputs; its error has the smallest failing input and the seed. */
type Property = Case<number>;

/** The seed of all inputs, so that every run draws the same ones. */
const SEED = 20_260_302;

/** Properties of an edge without authorization. */
const REQUEST_PROPERTIES: readonly Property[] = [
  property('a request reaches the source only if its path has two valid SIDs', () => {
    const edge = createRecordingEdge();
    return asyncProperty(method, target, async (name, path) => {
      const request = createRequest(path, name);
      const { body } = await edge.handle(request);
      const isRead = isRecordingRequest(request);
      if (edge.calls.length > (isRead ? 1 : 0)) throw new Error(`The edge sent ${edge.calls.length} calls.`);
      if (!isRead && decode(body).startsWith('{"account_sid"')) throw new Error('The body is a recording.');
    });
  }),
  property('request headers change nothing but the result of a condition', () => {
    const edge = createRecordingEdge();
    return asyncProperty(validPath, headers, async (path, values) => {
      const { status, body } = await edge.handle(createRequest(path, 'GET', values));
      expectStatus(status, [200, 304, 412]);
      const text = decode(body);
      if (status === 200 && !text.includes(`"url":"${PUBLIC_URL}/v1/Rooms/`)) throw new Error(text);
    });
  }),
  property('a recording with changed attributes leads to a recording or to 502', () =>
    asyncProperty(validPath, changes, async (path, changed) => {
      const edge = createRecordingEdge((url) => respondWithRecording(url, changed));
      expectStatus((await edge.handle(createRequest(path))).status, [200, 502]);
    }),
  ),
  property('an error of the edge contains nothing of a Twilio response', () =>
    asyncProperty(validPath, integer({ min: 200, max: 599 }), anyBody, async (path, status, text) => {
      const edge = createRecordingEdge(() => {
        const body = [204, 205, 304].includes(status) ? null : `${text}${API_SECRET}`;
        const echo = { 'x-echo': API_SECRET, 'www-authenticate': API_SECRET };
        return new Response(body, { status, headers: echo });
      });
      const response = await edge.handle(createRequest(path));
      if (response.status < 400) throw new Error(`The status is ${response.status}.`);
    }),
  ),
  property('SIDs with upper-case and lower-case digits are the same recording', () => {
    const edge = createRecordingEdge();
    return asyncProperty(validPath, constantFrom('GET', 'HEAD'), async (path, name) => {
      const upperCase = path.replaceAll(/(?<=RM|RT)[0-9a-fA-F]{32}/g, (digits) => digits.toUpperCase());
      const first = await edge.handle(createRequest(upperCase, name));
      const second = await edge.handle(createRequest(path, name));
      if (first.status !== 200 || second.status !== 200) throw new Error(`${first.status}, ${second.status}`);
    });
  }),
];

/** Properties of an edge with authorization, which itself looks for secrets and for reads of denied requests. */
const AUTHORIZATION_PROPERTIES: readonly Property[] = [
  property('a signed token grants a room only if its header has the expected members', () => {
    const created = createAuthorizingEdge();
    return asyncProperty(kind, headerChanges, room, async (name, changed, roomSid) => {
      const edge = await created;
      const { header, claims } = VALID_TOKENS[name];
      const members = { ...header, ...changed };
      const may = mayGrant.header(name, members);
      const { sign, signAnyHeader } = edge.signers[name];
      // A token that may grant a room is signed by jose, and not by the tests.
      const token = await (may ? sign : signAnyHeader)(members, claims);
      await expectAccess(edge, roomSid, `Bearer ${token}`, token, {
        may: roomSid === ROOM_SID && may,
        must: roomSid === ROOM_SID && addsOnlyUnknownMember(header, changed),
      });
    });
  }),
  property('a signed token grants only the room of its claims, and only while it is valid', () => {
    const created = createAuthorizingEdge();
    return asyncProperty(kind, claimChanges, room, async (name, changed, roomSid) => {
      const edge = await created;
      const { header, claims } = VALID_TOKENS[name];
      const token = await edge.signers[name].sign(header, { ...claims, ...changed });
      // A token that the rules allow must grant the room, so that wrong denials fail too.
      const grants = mayGrant.claims(name, { ...claims, ...changed }, roomSid);
      await expectAccess(edge, roomSid, `Bearer ${token}`, token, { may: grants, must: grants });
    });
  }),
  property('a token that is cut, mixed or edited does not grant a room', () => {
    const created = createTokens();
    return asyncProperty(mixed(5), edits, presentation, room, async (parts, all, affixes, roomSid) => {
      const { edge, tokens, granting } = await created;
      const split = parts.map((which, nth) => tokens[which]?.split('.')[nth]);
      const token = applyEdits(split.join('.'), all);
      const value = affixes[0] + token + affixes[1];
      const grants = granting[roomSid]?.some((nth) => isBearer(value, tokens[nth])) ?? false;
      await expectAccess(edge, roomSid, value, token, { may: grants, must: grants });
    });
  }),
  property('a token in the query does not grant a room, nor does a header beside it', () => {
    const created = createTokens();
    return asyncProperty(mixed(5), mixed(5), edits, async ([inQuery], [inHeader], all) => {
      const { edge, tokens } = await created;
      const [queryToken = '', headerToken = ''] = [tokens[inQuery], tokens[inHeader]];
      const query = new URLSearchParams({ access_token: applyEdits(queryToken, all) });
      const path = `${PATH}?${query.toString()}`;
      const authorization = new Map([['authorization', `Bearer ${headerToken}`]]);
      for (const values of [undefined, authorization]) {
        const request = createRequest(path, 'GET', values);
        const { status } = await edge.handle(request, [queryToken, headerToken]);
        // The length of the target is checked before authorization.
        expectStatus(status, [401, 403, 414]);
      }
    });
  }),
  property('an edited signed URL does not grant the recording unless it is the same URL', () => {
    const created = createAuthorizingEdge();
    return asyncProperty(edits, constantFrom('GET', 'HEAD'), async (all, name) => {
      const edge = await created;
      const path = `/${applyEdits(edge.signedPath.slice(1), all)}`;
      const { status } = await edge.handle(createRequest(path, name), [edge.signedPath, path]);
      const isCorrect = status === 200 ? isSameUrl(path, edge.signedPath) : path !== edge.signedPath;
      if (!isCorrect) throw new Error(`The status is ${status}.`);
      expectStatus(status, [200, 400, 401, 403, 404, 414]);
    });
  }),
];

export const PROPERTIES: readonly Property[] = [...REQUEST_PROPERTIES, ...AUTHORIZATION_PROPERTIES];

/** Checks every property on this runtime. */
export function runProperties(numRuns: number): Promise<Report> {
  return runCases(PROPERTIES, numRuns);
}

function property<Inputs>(name: string, create: () => IAsyncProperty<Inputs>): Property {
  return { name, run: (numRuns) => assert(create(), { numRuns, seed: SEED }) };
}

function createRequest(
  path: string,
  name = 'GET',
  values: ReadonlyMap<string, string> = new Map(),
): HttpRequest {
  return { method: name, url: PUBLIC_URL + path, headers: { get: (header) => values.get(header) } };
}

function decode(body: Uint8Array | null): string {
  return body === null ? '' : new TextDecoder().decode(body);
}

function expectStatus(status: number, allowed: readonly number[]): void {
  if (!allowed.includes(status)) throw new Error(`The status is ${status}.`);
}

const RECORDING_PATH = /^\/v1\/Rooms\/RM[0-9a-fA-F]{32}\/Recordings\/RT[0-9a-fA-F]{32}$/;

/** Returns whether a request is for a recording, by the URL parser of the platform. */
function isRecordingRequest({ url, method: name }: HttpRequest): boolean {
  if (name !== 'GET' && name !== 'HEAD') return false;
  const { pathname, origin } = new URL(url);
  return origin === PUBLIC_URL && RECORDING_PATH.test(pathname);
}

/** Whether a credential may grant a room, and whether it has to. */
interface ExpectedAccess {
  readonly may: boolean;
  readonly must: boolean;
}

/** Requests the recording through a room with a value of Authorization. */
async function expectAccess(
  edge: AuthorizingEdge,
  roomSid: string,
  value: string,
  token: string,
  { may, must }: ExpectedAccess,
): Promise<void> {
  const values = new Map([['authorization', value]]);
  const request = createRequest(`/v1/Rooms/${roomSid}/Recordings/${SID}`, 'GET', values);
  const { status } = await edge.handle(request, [value, token]);
  if (status === 200 ? !may : must) throw new Error(`The status is ${status}.`);
  expectStatus(status, [200, 401, 403]);
}

/** Creates an edge, five tokens, and for each room the tokens that open it. */
async function createTokens(): Promise<{
  readonly edge: AuthorizingEdge;
  readonly tokens: readonly string[];
  readonly granting: Readonly<Record<string, readonly number[]>>;
}> {
  const edge = await createAuthorizingEdge();
  const { 'twilio-token': twilio, jwt } = VALID_TOKENS;
  const { 'twilio-token': byTwilio, jwt: byIssuer } = edge.signers;
  const tokens = await Promise.all([
    byTwilio.sign(twilio.header, twilio.claims),
    byIssuer.sign(jwt.header, jwt.claims),
    byIssuer.sign(jwt.header, { ...jwt.claims, room_sid: OTHER_ROOM }),
    byTwilio.sign(twilio.header, { ...twilio.claims, exp: SECONDS }),
    // The issuer's key signs this token, whose header is that of Twilio's tokens.
    byIssuer.signAnyHeader(twilio.header, twilio.claims),
  ]);
  return { edge, tokens, granting: { [ROOM_SID]: [0, 1], [OTHER_ROOM]: [2] } };
}
