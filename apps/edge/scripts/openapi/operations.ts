import { createErrorResponses } from './error-responses.ts';
import { COMMON_HEADERS, listHeaders } from './headers.ts';
import type { JsonSchema } from './json-schemas.ts';
import { listParameters } from './parameters.ts';
import { ROUTES, type Route } from './routes.ts';

/** Creates the paths of the document. */
export function createPaths(): JsonSchema {
  return Object.fromEntries(ROUTES.map((route) => [route.path, createPathItem(route)]));
}

function createPathItem(route: Route): JsonSchema {
  const { pathParameters = [], name } = route;
  return {
    ...(pathParameters.length > 0 && { parameters: listParameters(pathParameters) }),
    get: createOperation(route, 'get'),
    head: createOperation(route, 'head'),
    options: {
      operationId: `options${toUpperFirst(name)}`,
      summary: 'Responds to a preflight, or lists the methods',
      responses: {
        204: {
          description: 'The methods, and for a preflight the headers of CORS.',
          headers: listHeaders([...COMMON_HEADERS, 'Allow', 'Access-Control-Max-Age']),
        },
        403: {
          description: 'The origin of the preflight is not allowed.',
          headers: listHeaders([...COMMON_HEADERS, 'Allow']),
        },
      },
    },
  };
}

/** Creates the operation of GET or HEAD. */
function createOperation(route: Route, method: 'get' | 'head'): JsonSchema {
  const { name, summary, description, errors, parameters = [], isProtected = false, responses } = route;
  const common = [...COMMON_HEADERS, ...(route.headers ?? [])];
  const successes = Object.entries(responses).map(([status, response]): [string, unknown] => [
    status,
    {
      description: response.description,
      headers: listHeaders([...common, ...(response.headers ?? [])]),
      ...(response.content && { content: toContent(response.content) }),
    },
  ]);
  return {
    operationId: method === 'get' ? name : `head${toUpperFirst(name)}`,
    summary: method === 'get' ? summary : `${summary}: the response to GET without its body`,
    ...(description !== undefined && { description }),
    ...(parameters.length > 0 && { parameters: listParameters(parameters) }),
    // An empty requirement: with ACCESS=public no credential is needed.
    security: isProtected ? [{}, { token: [] }, { signedUrl: [] }] : [{}],
    responses: Object.fromEntries(
      [...successes, ...Object.entries(createErrorResponses(errors, common))].filter(
        ([status]) => method === 'get' || !RANGE_STATUSES.has(status),
      ),
    ),
  };
}

/** The statuses of a request for a range, which HEAD ignores (RFC 9110 §14.2). */
const RANGE_STATUSES: ReadonlySet<string> = new Set(['206', '416']);

function toContent(content: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return Object.fromEntries(Object.entries(content).map(([type, schema]) => [type, { schema }]));
}

const toUpperFirst = (name: string) => name.slice(0, 1).toUpperCase() + name.slice(1);
