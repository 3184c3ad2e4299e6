const TAKEN = /address already in use|port \d* ?in use/i;

const UNKNOWN_NAMES = new Set(['ENOTFOUND', 'EAI_AGAIN']);

/** Errors that have nothing to do with the address: a limit of the process or the machine, or a sandbox. */
const OTHER_THAN_HOST = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EPERM']);

const NO_ADDRESS = /failed to lookup address|cannot assign requested address/i;

/** One line for what stopped a start: a port that is taken, a folder that cannot be written, a setting. */
export function formatStartError(fault: unknown): string {
  const message = messageOf(fault);
  if (isTaken(fault)) return explainTaken(portOf(fault));
  return message.split('\n', 1).join('');
}

/** Returns one line for the error of a server that could not listen. */
export function formatListenError(fault: unknown, { hostname, port }: ListenAddress): string {
  if (isTaken(fault)) return explainTaken(port);
  const code = codeOf(fault);
  if (code === 'EACCES') {
    return `This user may not listen on port ${port}. Set PORT to 1024 or above, or give the process the right to bind it.`;
  }
  // For an unknown host Bun 1.4 reports the errno of an earlier call: ENOENT, EINVAL and ENOTCONN were seen. No list is complete.
  const isOfAddress = isOfListen(fault) && !OTHER_THAN_HOST.has(code);
  const isUnknown = UNKNOWN_NAMES.has(code) || NO_ADDRESS.test(messageOf(fault)) || isOfAddress;
  if (isUnknown) {
    return `HOST=${hostname} is not an address of this machine. Set HOST to one that is, such as 127.0.0.1, or 0.0.0.0 for all of them.`;
  }
  return formatStartError(fault);
}

function explainTaken(port: number | undefined): string {
  const name = port === undefined ? 'The port' : `Port ${port}`;
  return `${name} is in use. Stop the other program, or set PORT to a free port.`;
}

function isTaken(fault: unknown): boolean {
  return codeOf(fault) === 'EADDRINUSE' || TAKEN.test(messageOf(fault));
}

function messageOf(fault: unknown): string {
  return fault instanceof Error ? fault.message : String(fault);
}

function portOf(fault: unknown): number | undefined {
  return fault instanceof Error && 'port' in fault && typeof fault.port === 'number' ? fault.port : undefined;
}

function isOfListen(fault: unknown): boolean {
  return fault instanceof Error && 'syscall' in fault && fault.syscall === 'listen';
}

function codeOf(fault: unknown): string {
  return fault instanceof Error && 'code' in fault ? String(fault.code) : '';
}

/** Where a runtime's server listens. */
export interface ListenAddress {
  readonly hostname: string;
  readonly port: number;
}
