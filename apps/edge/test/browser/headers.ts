/** Headers that tracing SDKs add to the requests of a page. */
export const TRACING_HEADERS: Readonly<Record<string, string>> = {
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  tracestate: 'dd=s:1;o:rum',
  baggage: 'sentry-trace_id=0af7651916cd43dd8448eb211c80319c',
  'sentry-trace': '0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1',
  'x-datadog-origin': 'rum',
  'x-datadog-parent-id': '1',
  'x-datadog-sampling-priority': '1',
  'x-datadog-trace-id': '1',
  newrelic: 'e30=',
  'Request-Id': '|1.2',
  'Request-Context': 'appId=cid-v1:1',
};

/** Headers that libraries for requests and players add. */
export const LIBRARY_HEADERS: Readonly<Record<string, string>> = {
  'X-Requested-With': 'XMLHttpRequest',
  'Cache-Control': 'no-cache',
  Pragma: 'no-cache',
  'If-Range': '"x"',
};
