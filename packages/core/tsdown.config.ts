import { defineConfig, type UserConfig } from 'tsdown';

const config: UserConfig = defineConfig({
  // errors is an entry, so that both public entries share its classes under a file name that does not change.
  entry: { index: 'src/index.ts', signing: 'src/signing/index.ts', errors: 'src/errors.ts' },
  format: 'esm',
  platform: 'neutral',
  dts: true,
  clean: true,
  fixedExtension: false,
});

export default config;
