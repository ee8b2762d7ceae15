/**
 * `npm run build [-- --config slipway.yaml] [--out dist]`: the functions as Cloud Functions takes them, in
 * OUT/functions and OUT/functions.zip. The archive has the same bytes whenever its sources are the same: Terraform
 * names it by its content.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { archive } from './build/archive.ts';
import { bundle } from './build/bundle.ts';
import { writeManifests } from './build/manifests.ts';
import { ConfigError, loadConfig } from '../functions/config/config.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** What is packed. compile-cache is not: it fits one version of Node, so Cloud Build makes its own (warm.ts). */
const PACKED = [
  'framework/index.js',
  'framework/main.js',
  'framework/package.json',
  'index.cjs',
  'package-lock.json',
  'package.json',
  'slipway.yaml',
  'warm.cjs',
];

export interface BuildOptions {
  /** Where `functions` and `functions.zip` go; what was there is replaced. */
  readonly out: string;
  /** Path of the slipway.yaml to pack. */
  readonly config: string;
}

export interface Built {
  readonly folder: string;
  readonly archive: string;
  /** SHA-256 of the archive, in hex. */
  readonly digest: string;
  /** In bytes, by name; `functions.zip` among them. */
  readonly sizes: ReadonlyMap<string, number>;
}

/** Throws a ConfigError if the configuration cannot be used: the functions would not start with it. */
export async function buildFunctions({ out, config }: BuildOptions): Promise<Built> {
  loadConfig({ SLIPWAY_CONFIG: config });
  const folder = join(out, 'functions');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await bundle(folder);
  writeManifests(folder);
  copyFileSync(config, join(folder, 'slipway.yaml'));
  execFileSync(process.execPath, ['warm.cjs'], { cwd: folder, env: {}, stdio: 'pipe' });

  const zip = archive(folder, { names: PACKED, executable: ['framework/main.js'] });
  const path = join(out, 'functions.zip');
  writeFileSync(path, zip);
  return {
    folder,
    archive: path,
    digest: createHash('sha256').update(zip).digest('hex'),
    sizes: new Map([
      ...PACKED.map((name) => [name, statSync(join(folder, name)).size] as const),
      ['functions.zip', zip.length],
    ]),
  };
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      config: { type: 'string', default: join(ROOT, 'slipway.yaml') },
      out: { type: 'string', default: join(ROOT, 'dist') },
    },
  });
  try {
    const built = await buildFunctions(values);
    for (const [name, bytes] of built.sizes) console.log(`${String(bytes).padStart(9)}  ${name}`);
    console.log(`sha256:${built.digest}  ${built.archive}`);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
