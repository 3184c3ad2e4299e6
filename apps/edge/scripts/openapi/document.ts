import { VERSION } from '../../src/config/config.ts';
import { createBodySchemas } from './body-schemas.ts';
import { createErrorResponses } from './error-responses.ts';
import { COMMON_HEADERS, HEADERS } from './headers.ts';
import { isSchema, type JsonSchema } from './json-schemas.ts';
import { createPaths } from './operations.ts';
import { PARAMETERS } from './parameters.ts';

const DESCRIPTION = `Recordings of Twilio Video rooms for web pages. Every response has the headers of CORS, errors included. Another method on these paths
is 405 \`method_not_allowed\` (\`Error405\`), another path is 404 \`not_found\`. An error is a problem document (RFC 9457), and \`/errors\` explains each code.`;

/** Creates the OpenAPI 3.1 document of the edge. */
export function createOpenApiDocument(): JsonSchema {
  const { paths, responses } = shareResponses(createPaths());
  return {
    openapi: '3.1.0',
    info: {
      title: 'room-recordings',
      version: VERSION,
      description: DESCRIPTION.replaceAll('\n', ' '),
      license: { name: 'MIT', identifier: 'MIT' },
    },
    // Relative to the URL of the document, which makes the document the same for every deployment.
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: createBodySchemas(),
      // A response to the methods that no operation describes.
      responses: { ...responses, Error405: createErrorResponses('method', COMMON_HEADERS)['405'] },
      parameters: PARAMETERS,
      headers: HEADERS,
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description:
            'A Twilio Access Token (ACCESS=twilio-token) or a JWT of another issuer (ACCESS=jwt), which JWT_HEADER may put into another header.',
        },
        signedUrl: {
          type: 'apiKey',
          in: 'query',
          name: 'signature',
          description:
            'The signature of a URL, with kid and expires: of the recording, of its room, or of this very URL of media. Requires ACCESS=signed-url, except for the media URLs of a timeline.',
        },
      },
    },
  };
}

/** Moves the responses of all operations to the components. Equal responses become one, which makes the document a fifth as long. */
function shareResponses(paths: JsonSchema): { readonly paths: JsonSchema; readonly responses: JsonSchema } {
  const names = new Map<string, string>();
  const share = (operation: string, status: string, response: unknown) => {
    const text = JSON.stringify(response);
    const name = names.get(text) ?? chooseName(new Set(names.values()), operation, status);
    names.set(text, name);
    return { $ref: `#/components/responses/${name}` };
  };
  const shareOperation = (operation: unknown) => {
    if (!isSchema(operation) || !isSchema(operation['responses'])) return operation;
    const { operationId, responses } = operation;
    return {
      ...operation,
      responses: mapEntries(responses, (status, response) => share(String(operationId), status, response)),
    };
  };
  const shared = mapEntries(paths, (_path, item) =>
    isSchema(item) ? mapEntries(item, (_method, operation) => shareOperation(operation)) : item,
  );
  const responses = [...names].map(([text, name]) => [name, JSON.parse(text)]);
  return { paths: shared, responses: Object.fromEntries(responses) };
}

/** Returns `Error404` for the first response with status 404, and the name of its operation for the others. */
function chooseName(taken: ReadonlySet<string>, operation: string, status: string): string {
  const name = `Error${status}`;
  return Number(status) >= 400 && !taken.has(name) ? name : `${operation}${status}`;
}

function mapEntries(object: JsonSchema, map: (name: string, value: unknown) => unknown): JsonSchema {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, map(name, value)]));
}
