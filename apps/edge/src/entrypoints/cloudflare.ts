import { waitUntil } from 'cloudflare:workers';
import {
  createWorkerHandler,
  type WorkerBindings,
  type WorkerHandler,
} from '../adapters/cloudflare-adapter.ts';

// The bindings are the same for each request of an isolate, so that its first request creates the handler.
let handler: WorkerHandler | undefined;
let starting: Promise<WorkerHandler> | undefined;

const worker: { fetch(request: Request, bindings: WorkerBindings): Response | Promise<Response> } = {
  fetch(request, bindings) {
    if (handler !== undefined) return handler(request);
    starting ??= createWorkerHandler(bindings, waitUntil);
    return starting.then((started) => (handler = started)(request));
  },
};

export default worker;
