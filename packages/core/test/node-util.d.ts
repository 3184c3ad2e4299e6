// Core is compiled without the types of Node, so that it cannot depend on Node. One test uses Node's `inspect`.
declare module 'node:util' {
  export function inspect(value: unknown, options: { depth: number; showHidden: boolean }): string;
}
