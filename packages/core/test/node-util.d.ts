// Core has no types of Node, so that nothing in it comes to need Node. One test prints with Node's own printer.
declare module 'node:util' {
  export function inspect(value: unknown, options: { depth: number; showHidden: boolean }): string;
}
