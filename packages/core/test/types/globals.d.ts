// The globals that the declarations need, and no others.
// `test/package/globals.test.ts` removes each of them. Their members are those that core uses,
// because any value is assignable to an empty interface.

// core
interface AbortSignal {
  readonly aborted: boolean;
}

// valibot
interface Blob {
  readonly size: number;
}
interface File {
  readonly name: string;
}
