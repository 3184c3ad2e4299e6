import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import process from 'node:process';
import { createOpenApiDocument } from './openapi/document.ts';

// Writes the document that `/openapi.json` serves. It is committed, because the schemas and their converter must not be in the Worker. With
// `--check` it writes nothing, and fails if the file is another document.

const PATH = resolve(import.meta.dirname, '../src/routes/openapi.json');

const isCheck = process.argv.includes('--check');
const expected = `${JSON.stringify(createOpenApiDocument())}\n`;
if (isCheck && readFileSync(PATH, 'utf8') !== expected) {
  process.stderr.write(
    'apps/edge/src/routes/openapi.json: the document has changed. Run `pnpm --filter @room-recordings/edge run openapi`.\n',
  );
  process.exitCode = 1;
} else if (!isCheck) {
  writeFileSync(PATH, expected);
}
