/** Tells whether two types are the same, down to `readonly` and `any`. */
export type IsSame<One, Other> =
  // The compiler holds two functions for the same only when what hangs on their T is the very same type.
  (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false;

/** Tells whether a type is `any`, which hides every other mistake. */
type IsAny<T> = 0 extends 1 & T ? true : false;

/** What has nothing further inside it. */
type Leaf = string | number | boolean | null | undefined | ((...given: never[]) => unknown);

/** The names of the attributes of a type, at any depth, that are `any`. */
export type AnyIn<T> =
  IsAny<T> extends true
    ? 'the whole'
    : T extends Leaf
      ? never
      : T extends readonly (infer Item)[]
        ? AnyIn<Item>
        : { [Name in keyof T]-?: IsAny<T[Name]> extends true ? Name : AnyIn<T[Name]> }[keyof T];

/** Compiles for `true` alone: the one statement of a test of types. */
// Its parameter is all there is to it.
export function holds<_Claim extends true>(): void {}
