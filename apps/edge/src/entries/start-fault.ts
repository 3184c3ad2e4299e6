const TAKEN = /address already in use|port \d* ?in use/i;

/** One line for what stopped a start: a port that is taken, a folder that cannot be written, a setting. */
export function explainStart(fault: unknown): string {
  const message = fault instanceof Error ? fault.message : String(fault);
  const code = fault instanceof Error && 'code' in fault ? fault.code : undefined;
  if (code === 'EADDRINUSE' || TAKEN.test(message)) {
    return 'PORT is taken: stop the other program, or set PORT to a free port.';
  }
  return message.split('\n', 1).join('');
}
