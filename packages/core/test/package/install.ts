import { cp, mkdir, readdir, readFile, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CORE, ROOT } from './paths.ts';
import { run } from './run.ts';

/** The part of the project's package.json that defines its package manager. */
interface Manifest {
  readonly devEngines: { readonly packageManager: { readonly name: string; readonly version: string } };
}

/**
 * Packs core in the same way as a release, and installs it with its dependency in an empty folder, without a network.
 *
 * @returns the folder of the installed package.
 */
export async function installPackage(folder: string): Promise<string> {
  const packed = join(folder, 'packed');
  const user = join(folder, 'user');
  await mkdir(packed);
  await mkdir(user);
  const pnpm = await findPackageManager();
  await run(['npx', '-y', pnpm, 'pack', '--pack-destination', packed], CORE);
  // A copy: pnpm links equal files, and npm ignores links when it unpacks a tarball.
  const valibot = join(folder, 'valibot');
  await cp(await realpath(join(CORE, 'node_modules/valibot')), valibot, { recursive: true });
  await run(['npm', 'pack', '--ignore-scripts', '--pack-destination', packed, valibot], packed);
  await writeFile(join(user, 'package.json'), '{ "name": "user", "private": true, "type": "module" }');
  const tarballs = (await readdir(packed)).map((name) => join(packed, name));
  // A separate cache, because the default cache may contain other packages.
  const alone = ['--offline', '--no-audit', '--no-fund', '--cache', join(folder, 'cache')];
  await run(['npm', 'install', ...alone, ...tarballs], user);
  return join(user, 'node_modules/@room-recordings/core');
}

/** A release packs with pnpm, which removes the condition `source`. */
async function findPackageManager(): Promise<string> {
  const manifest: Manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  const { name, version } = manifest.devEngines.packageManager;
  return `${name}@${version}`;
}
