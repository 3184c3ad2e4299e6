// The pinned list: what the declarations need of the world around them, and nothing else.
// `test/package/globals.test.ts` takes each away in turn. The members are those that core reads or sets,
// because an empty interface would let anything pass for one.

// core
interface AbortSignal {
  readonly aborted: boolean;
}
interface RequestInit {
  redirect?: 'manual';
}
interface Response {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
}

// valibot
interface Blob {
  readonly size: number;
}
interface File {
  readonly name: string;
}
