import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { createOpenApiDocument } from '../../scripts/openapi/document.ts';
import { PROBLEM_TYPES } from '../../src/http/error-codes.ts';
import document from '../../src/routes/openapi.json' with { type: 'json' };
import { createInProcessEdge } from '../support/in-process-edge.ts';

describe('/openapi.json', () => {
  it('responds with the document that the schemas generate', async () => {
    const response = await createInProcessEdge().request('/openapi.json');
    expect(response.headers.get('Content-Type')).toBe('application/json');
    expect(response.headers.get('Cache-Control')).toBe('public, max-age=3600');
    expect(await response.json()).toEqual(JSON.parse(JSON.stringify(createOpenApiDocument())));
  });

  it('is a valid OpenAPI 3.1 document', async () => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate(structuredClone(document));
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
    expect(validator.version).toBe('3.1');
  });

  it('describes each error code', () => {
    const { Problem } = document.components.schemas;
    const described = JSON.stringify(document.components.responses);
    for (const code of Object.keys(PROBLEM_TYPES)) {
      expect(Problem.properties.error.enum).toContain(code);
      expect(described).toContain(`\`${code}\``);
    }
  });
});
