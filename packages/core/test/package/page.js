// Reads without a response in the program and in its worker, and prints both errors.
import { stdout } from 'node:process';
import { createRecordingsClient } from '@room-recordings/core';

const isWorker = globalThis.name === 'reader';

async function read() {
  let requests = 0;
  const fetch = () => {
    requests += 1;
    return Promise.reject(new TypeError('Failed to fetch'));
  };
  const client = createRecordingsClient({ baseUrl: 'https://recordings.example.com', fetch });
  const reading = client.fetch(`RM${'a'.repeat(32)}`, `RT${'a'.repeat(32)}`);
  const error = await reading.catch((caught) => caught);
  return `${error.message} ${requests} requests.`;
}

if (isWorker) {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- the postMessage of a worker has no origin.
  globalThis.postMessage(await read());
} else {
  stdout.write(`${await read()}\n`);
  const worker = new Worker(import.meta.url, { type: 'module', name: 'reader' });
  worker.addEventListener('message', ({ data }) => {
    stdout.write(`${data}\n`);
    worker.terminate();
  });
}
