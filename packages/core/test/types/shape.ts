/** Is true if two types are equal, down to `readonly` and `any`. */
export type IsSame<One, Other> =
  // The compiler treats two generic functions as equal only if their conditional types are identical.
  (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false;

/** Is true for `any`, which hides other errors. */
type IsAny<T> = 0 extends 1 & T ? true : false;

/** Types without members to check. */
type Leaf = string | number | boolean | null | undefined | ((...given: never[]) => unknown);

/** The names of the members of a type, at any depth, that are `any`. */
export type AnyIn<T> =
  IsAny<T> extends true
    ? 'the whole'
    : T extends Leaf
      ? never
      : T extends readonly (infer Item)[]
        ? AnyIn<Item>
        : { [Name in keyof T]-?: IsAny<T[Name]> extends true ? Name : AnyIn<T[Name]> }[keyof T];

/** Compiles for `true` only: the assertion of a type test. */
// The type parameter is the assertion.
export function holds<_Claim extends true>(): void {}
