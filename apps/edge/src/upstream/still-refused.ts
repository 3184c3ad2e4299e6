import { RememberedError } from './remembered-failure.ts';

/** A refusal of credentials that is known already: who has to act was told by the one that it repeats. */
export class RepeatedAuthError extends RememberedError {}
