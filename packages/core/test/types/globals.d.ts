// The pinned list: what the declarations need of the world around them, and nothing else.
// `test/package/globals.test.ts` takes each away in turn. The members are those that core reads or sets,
// because an empty interface would let anything pass for one.

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
