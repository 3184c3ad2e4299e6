/** Matches the messages of runtimes that set no error code. */
const PORT_IN_USE_PATTERN = /address already in use|port \d* ?in use/i;

/** Codes of a failed DNS lookup. */
const LOOKUP_ERRORS = new Set(['ENOTFOUND', 'EAI_AGAIN']);

/** Codes that do not depend on the address: a limit of the process or the machine, or a sandbox. */
const NON_HOST_ERRORS = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EPERM']);

/** Matches the messages about a host that is not an address of this machine. */
const INVALID_HOST_PATTERN = /failed to lookup address|cannot assign requested address/i;

/** Formats the error that stopped a start as one line. */
export function formatStartError(error: unknown): string {
  const message = getMessage(error);
  if (isPortInUse(error)) return formatPortInUse(getPort(error));
  return message.split('\n', 1).join('');
}

/** Formats the error of a server that could not listen as one line. */
export function formatListenError(error: unknown, { hostname, port }: ListenAddress): string {
  if (isPortInUse(error)) return formatPortInUse(port);
  const code = getErrorCode(error);
  if (code === 'EACCES') {
    return `This user may not listen on port ${port}. Set PORT to 1024 or higher, or give the process the permission to bind it.`;
  }
  // For an unknown host Bun 1.4 reports the errno of an earlier call, such as ENOENT, EINVAL or ENOTCONN: a list cannot be complete.
  const isAddressError = isListenError(error) && !NON_HOST_ERRORS.has(code);
  const isInvalidHost =
    LOOKUP_ERRORS.has(code) || INVALID_HOST_PATTERN.test(getMessage(error)) || isAddressError;
  if (isInvalidHost) {
    return `HOST=${hostname} is not an address of this machine. Set HOST to an address such as 127.0.0.1, or to 0.0.0.0 for all addresses.`;
  }
  return formatStartError(error);
}

function formatPortInUse(port: number | undefined): string {
  const name = port === undefined ? 'The port' : `Port ${port}`;
  return `${name} is in use. Stop the other program, or set PORT to a free port.`;
}

function isPortInUse(error: unknown): boolean {
  return getErrorCode(error) === 'EADDRINUSE' || PORT_IN_USE_PATTERN.test(getMessage(error));
}

function getMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function getPort(error: unknown): number | undefined {
  return error instanceof Error && 'port' in error && typeof error.port === 'number' ? error.port : undefined;
}

function isListenError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && error.syscall === 'listen';
}

function getErrorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** The address that a runtime's server listens on. */
export interface ListenAddress {
  readonly hostname: string;
  readonly port: number;
}
