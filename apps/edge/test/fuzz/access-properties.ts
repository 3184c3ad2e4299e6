import { asyncProperty, constantFrom } from 'fast-check';
import { PATH, PUBLIC_URL, ROOM_SID, SID } from '../support/recording.ts';
import { claimChanges, headerChanges, kind, mixed, presentation, room } from './credentials.ts';
import { applyEdits, edits } from './mutations.ts';
import { GOOD, makeGuardedGate, OTHER_ROOM, SECONDS, type GuardedGate } from './recording-authorizer.ts';
import { mayOpen, saysNothingNew } from './reference-model.ts';
import { askFor, property, type Property } from './property.ts';

/** What holds for every input where access is by token or signed URL: the gate itself looks for secrets and for reads. */
export const ACCESS_PROPERTIES: readonly Property[] = [
  property('S40, S41, S42, S43: whatever a signed token’s header says, the usual one alone opens', () => {
    const opened = makeGuardedGate();
    return asyncProperty(kind, headerChanges, room, async (which, changes, asked) => {
      const gate = await opened;
      const { header, claims } = GOOD[which];
      const said = { ...header, ...changes };
      const may = mayOpen.header(which, said);
      const { sign, signAnyway } = gate.signers[which];
      // What may open is a real token, and not one of our own making.
      const token = await (may ? sign : signAnyway)(said, claims);
      await judge(gate, asked, `Bearer ${token}`, token, {
        may: asked === ROOM_SID && may,
        must: asked === ROOM_SID && saysNothingNew(header, changes),
      });
    });
  }),
  property(
    'S44, S45, S46, S48: whatever a signed token claims, its own room alone opens, in its time',
    () => {
      const opened = makeGuardedGate();
      return asyncProperty(kind, claimChanges, room, async (which, changes, asked) => {
        const gate = await opened;
        const { header, claims } = GOOD[which];
        const token = await gate.signers[which].sign(header, { ...claims, ...changes });
        // Also refusals have to be right: whatever the rules let in is let in.
        const opens = mayOpen.claims(which, { ...claims, ...changes }, asked);
        await judge(gate, asked, `Bearer ${token}`, token, { may: opens, must: opens });
      });
    },
  ),
  property('S30, S47, S49, S76: of tokens that are cut, mixed and changed the whole ones alone open', () => {
    const made = makeTokens();
    return asyncProperty(mixed(5), edits, presentation, room, async (parts, changes, around, asked) => {
      const { gate, tokens, opening } = await made;
      const split = parts.map((which, nth) => tokens[which]?.split('.')[nth]);
      const token = applyEdits(split.join('.'), changes);
      const [before, after] = around;
      const value = before + token + after;
      const opens = opening[asked]?.some((nth) => isBearer(value, tokens[nth])) ?? false;
      await judge(gate, asked, value, token, { may: opens, must: opens });
    });
  }),
  property('S49: a token in the query opens nothing, and none in the header beside it', () => {
    const made = makeTokens();
    return asyncProperty(mixed(5), mixed(5), edits, async ([inQuery], [inHeader], changes) => {
      const { gate, tokens } = await made;
      const [queried = '', presented = ''] = [tokens[inQuery], tokens[inHeader]];
      const query = new URLSearchParams({ access_token: applyEdits(queried, changes) });
      const path = `${PATH}?${query.toString()}`;
      const fields = new Map([['authorization', `Bearer ${presented}`]]);
      for (const sent of [undefined, fields]) {
        const { status } = await gate.ask(askFor(path, 'GET', sent), [queried, presented]);
        // One that is too long is told so first.
        if (status !== 401 && status !== 403 && status !== 414) throw new Error(`It answered ${status}.`);
      }
    });
  }),
  property('S30, S53, S54, S55: of signed URLs that are changed the signed one alone opens', () => {
    const opened = makeGuardedGate();
    return asyncProperty(edits, constantFrom('GET', 'HEAD'), async (changes, asks) => {
      const gate = await opened;
      const path = `/${applyEdits(gate.signedPath.slice(1), changes)}`;
      const asked = askFor(path, asks);
      const { status } = await gate.ask(asked, [gate.signedPath, path]);
      const isFine = status === 200 ? isSpelling(path, gate.signedPath) : path !== gate.signedPath;
      if (!isFine) throw new Error(`It answered ${status}.`);
      if (![200, 400, 401, 403, 404, 414].includes(status)) throw new Error(`It answered ${status}.`);
    });
  }),
];

/** Whether a credential may open, and whether it has to. */
interface Expected {
  readonly may: boolean;
  readonly must: boolean;
}

/** Asks for the recording, through a room, with a value of Authorization. */
async function judge(
  gate: GuardedGate,
  roomSid: string,
  value: string,
  token: string,
  { may, must }: Expected,
): Promise<void> {
  const fields = new Map([['authorization', value]]);
  const asked = askFor(`/v1/Rooms/${roomSid}/Recordings/${SID}`, 'GET', fields);
  const { status } = await gate.ask(asked, [value, token]);
  if (status === 200 ? !may : must) throw new Error(`It answered ${status}.`);
  if (![200, 401, 403].includes(status)) throw new Error(`It answered ${status}.`);
}

/** A gate, and tokens of which some open a room. */
interface Tokens {
  readonly gate: GuardedGate;
  readonly tokens: readonly string[];
  /** By room: which of them open it. */
  readonly opening: Readonly<Record<string, readonly number[]>>;
}

async function makeTokens(): Promise<Tokens> {
  const gate = await makeGuardedGate();
  const { 'twilio-token': twilio, jwt } = GOOD;
  const { 'twilio-token': byTwilio, jwt: byIssuer } = gate.signers;
  const tokens = await Promise.all([
    byTwilio.sign(twilio.header, twilio.claims),
    byIssuer.sign(jwt.header, jwt.claims),
    byIssuer.sign(jwt.header, { ...jwt.claims, room_sid: OTHER_ROOM }),
    byTwilio.sign(twilio.header, { ...twilio.claims, exp: SECONDS }),
    // By a key of the issuer's, and yet it says that it is Twilio's.
    byIssuer.signAnyway(twilio.header, twilio.claims),
  ]);
  return { gate, tokens, opening: { [ROOM_SID]: [0, 1], [OTHER_ROOM]: [2] } };
}

/** Whether a value of Authorization is exactly this token by the scheme Bearer. */
function isBearer(value: string, token: string | undefined): boolean {
  const [scheme = '', ...rest] = value.split(' ').filter((part) => part !== '');
  return scheme.toLowerCase() === 'bearer' && !value.startsWith(' ') && rest.join(' ') === token;
}

/** Whether two paths are one URL to the platform, but for the order of the query's members. */
function isSpelling(path: string, other: string): boolean {
  const [one, two] = [path, other].map((each) => {
    const { pathname, search } = new URL(PUBLIC_URL + each);
    return [pathname, ...search.slice(1).split('&').toSorted()].join('\n');
  });
  return one === two;
}
