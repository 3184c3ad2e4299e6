import * as v from 'valibot';
import { splitList, type EnvSchema } from '../config/schemas.ts';
import { getClaim } from './read-claim.ts';

/** A claim that a token must have, and its value. */
export interface RequiredClaim {
  /** With dots for a claim inside another. */
  readonly name: string;
  readonly value: string;
}

/** Claims with checks of their own. None of them tells one application of an issuer from another. */
const CHECKED = new Set(['iss', 'exp', 'nbf', 'iat']);

/** `name=value` with commas between, each name once. A value may have an `=`, and no comma. */
export const requiredClaimList: EnvSchema<readonly RequiredClaim[]> = v.pipe(
  v.string('must be text'),
  v.transform((text) => splitList(text).map(parseMember)),
  v.everyItem(
    ({ name, value }) => name !== '' && value !== '',
    'must be name=value with commas between claims, such as azp=https://app.example.com',
  ),
  v.check(
    (claims) => new Set(claims.map(({ name }) => name)).size === claims.length,
    'must name each claim once',
  ),
  v.everyItem(
    ({ name }) => !CHECKED.has(name),
    'must not name iss, exp, nbf or iat, which have checks of their own',
  ),
);

function parseMember(member: string): RequiredClaim {
  const [name = '', ...value] = member.split('=');
  return { name: name.trim(), value: value.join('=').trim() };
}

/**
 * Finds the first required claim that a token's payload does not have.
 *
 * @returns undefined if each claim is the required text, or a list that has it. A number or a boolean matches no text.
 */
export function findUnmetClaim(
  payload: object,
  required: readonly RequiredClaim[],
): RequiredClaim | undefined {
  return required.find(({ name, value }) => {
    const claim = getClaim(payload, name);
    return Array.isArray(claim) ? !claim.includes(value) : claim !== value;
  });
}
