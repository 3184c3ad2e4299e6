import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import document from '../../src/routes/openapi.json' with { type: 'json' };

/** A part of the document. */
type Node = Readonly<Record<string, unknown>>;

/** The response headers of the connection, which no operation describes. */
const CONNECTION_HEADERS = new Set(['connection', 'keep-alive', 'transfer-encoding']);

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null;

/** Returns a node of the document by the names on its path. References on the path are followed. */
function find(...names: readonly string[]): Node | undefined {
  let node: unknown = document;
  for (const name of names) {
    node = isNode(node) ? follow(node)[name] : undefined;
  }
  return isNode(node) ? follow(node) : undefined;
}

function follow(node: Node): Node {
  const ref = node['$ref'];
  if (typeof ref !== 'string') return node;
  const target = find(...ref.replace('#/', '').split('/'));
  if (target === undefined) throw new Error(`${ref} does not exist in the document.`);
  return target;
}

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema({ $id: 'openapi', ...document });

/** Returns the errors of a value as texts. The schema is a node that the path in the document names. */
function validate(pointer: readonly string[], value: unknown): readonly string[] {
  const escaped = pointer.map((name) => encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1')));
  const check = ajv.getSchema(`openapi#/${escaped.join('/')}`);
  if (check === undefined) throw new Error(`The document has no schema at ${pointer.join(' ')}.`);
  void check(value);
  return (check.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

/** The place of a response in the document: in the components if it is a reference. */
function findResponse(path: string, method: string, status: number): readonly string[] | undefined {
  const place = ['paths', path, method.toLowerCase(), 'responses'];
  const response = find(...place)?.[String(status)];
  // The responses to other methods and paths are components without an operation.
  const general = ['components', 'responses', `Error${status}`];
  if (!isNode(response)) return find(...general) && [404, 405].includes(status) ? general : undefined;
  const ref = response['$ref'];
  return typeof ref === 'string' ? ref.replace('#/', '').split('/') : [...place, String(status)];
}

/** A response whose body has been read. */
export interface ReceivedResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/**
 * Compares a response with the document.
 *
 * @param path the path of the route, with its parameters in braces.
 * @returns the parts that the document does not describe; an empty list for a described response.
 */
export function findUndocumented(
  path: string,
  method: string,
  { status, headers, body }: ReceivedResponse,
): readonly string[] {
  const place = findResponse(path, method, status);
  if (place === undefined) return [`The status ${status} of ${method} ${path} is not described.`];
  const names = [...headers.keys()].filter((name) => !CONNECTION_HEADERS.has(name));
  return [
    ...names.flatMap((name) => checkHeader(place, name, headers.get(name) ?? '')),
    ...(method === 'HEAD' || body === '' ? [] : checkBody(place, headers, body)),
  ];
}

function checkHeader(place: readonly string[], name: string, value: string): readonly string[] {
  if (name === 'content-type') return [];
  const described = Object.keys(find(...place, 'headers') ?? {});
  const known = described.find((other) => other.toLowerCase() === name);
  if (known === undefined) return [`The header ${name} is not described.`];
  const schema = find('components', 'headers', known, 'schema');
  const isNumber = schema?.['type'] === 'integer';
  return validate(['components', 'headers', known, 'schema'], isNumber ? Number(value) : value).map(
    (error) => `The header ${name} is invalid: ${error}.`,
  );
}

function checkBody(place: readonly string[], headers: Headers, body: string): readonly string[] {
  const [type = ''] = (headers.get('Content-Type') ?? '').split(';');
  if (find(...place, 'content', type) === undefined) return [`The media type ${type} is not described.`];
  if (!type.endsWith('json')) return [];
  return validate([...place, 'content', type, 'schema'], JSON.parse(body)).map(
    (error) => `The body is invalid: ${error}.`,
  );
}
