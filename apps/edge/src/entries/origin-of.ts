/** The origin of a server that listens there: an IPv6 address in brackets, port 80 left out. */
export function formatOrigin(host: string, port: number): string {
  return new URL(`http://${host.includes(':') ? `[${host}]` : host}:${port}`).origin;
}
