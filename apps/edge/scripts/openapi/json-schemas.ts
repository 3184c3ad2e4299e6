import { toJsonSchema } from '@valibot/to-json-schema';
import type { GenericSchema } from 'valibot';

/** A JSON Schema (draft 2020-12), the dialect of OpenAPI 3.1. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** The JSON Schema of each text rule that valibot has as a function. The key is the end of the rule's message. */
const TEXT_RULES: Readonly<Record<string, JsonSchema>> = {
  'RT and 32 hexadecimal digits': { type: 'string', pattern: '^RT[0-9a-fA-F]{32}$' },
  'RM and 32 hexadecimal digits': { type: 'string', pattern: '^RM[0-9a-fA-F]{32}$' },
  'an RFC 3339 date-time that exists': { format: 'date-time' },
  'an absolute http or https URL': { format: 'uri' },
  'an object': { type: 'object' },
};

/**
 * Converts the output of a valibot schema to a JSON Schema, in which objects have no other members.
 *
 * @throws {Error} for a rule of core that is a function and is not in {@link TEXT_RULES}.
 */
export function toOutputSchema(schema: GenericSchema<unknown, unknown>): JsonSchema {
  const { $schema: _, ...converted } = toJsonSchema(schema, {
    typeMode: 'output',
    target: 'draft-2020-12',
    // Each number of JSON is finite.
    ignoreActions: ['finite'],
    overrideSchema: ({ valibotSchema }) =>
      valibotSchema.type === 'custom' ? toTextRule(valibotSchema) : undefined,
    overrideAction: ({ valibotAction, jsonSchema }) =>
      valibotAction.type === 'check' ? { ...jsonSchema, ...toTextRule(valibotAction) } : undefined,
  });
  return simplify(converted);
}

function toTextRule(rule: object): JsonSchema {
  const message = 'message' in rule && typeof rule.message === 'string' ? rule.message : '';
  const found = Object.entries(TEXT_RULES).find(([end]) => message.endsWith(`${end}.`));
  if (found === undefined) throw new Error(`Add a JSON Schema for the rule "${message}" to TEXT_RULES.`);
  return found[1];
}

/** Closes the objects, and replaces `anyOf` of a type and null by a list of types, which tools show in one line. */
function simplify(schema: JsonSchema): JsonSchema {
  const mapped = closeObject(
    mapValues(schema, (value) => {
      if (Array.isArray(value)) return value.map((item: unknown) => (isSchema(item) ? simplify(item) : item));
      return isSchema(value) ? simplify(value) : value;
    }),
  );
  const { anyOf, ...rest } = mapped;
  const [first, second, ...others] = Array.isArray(anyOf) ? anyOf.filter(isSchema) : [];
  const isNullable = second?.['type'] === 'null' && others.length === 0;
  if (first === undefined || !isNullable || typeof first['type'] !== 'string') return mapped;
  // A null must be one of the values, too.
  const values = Array.isArray(first['enum']) ? { enum: [...first['enum'], null] } : {};
  return { ...rest, ...first, ...values, type: [first['type'], 'null'] };
}

/** Closes an object that valibot would accept with other members. A member with a default is always in the output, so it is required. */
function closeObject({ default: _default, ...schema }: JsonSchema): JsonSchema {
  const { properties, additionalProperties } = schema;
  if (!isSchema(properties) || additionalProperties === false) return schema;
  return { ...schema, required: Object.keys(properties), additionalProperties: false };
}

/** Returns whether a value is an object and no list. */
export function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function mapValues(schema: JsonSchema, map: (value: unknown) => unknown): JsonSchema {
  return Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, map(value)]));
}
