/**
 * `npm run build`: the functions as Cloud Functions takes them, in dist/functions and as dist/functions.zip.
 *
 * One bundle holds all of our code and all packages except the Functions Framework, which has to be the one that the
 * runtime starts. Of Vertex AI's 4 MB of protos it holds those of the three services that are called: building the
 * others at every cold start would take most of a second. The archive has the same bytes at every build of the same
 * sources, for Terraform names it by its content.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { zipSync } from 'fflate';
import { loadProtos } from '../emulator/protos.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FRAMEWORK = '@google-cloud/functions-framework';

const slimProtos: Plugin = {
  name: 'slim-protos',
  setup(build) {
    build.onLoad({ filter: /aiplatform[/\\]build[/\\]protos[/\\]protos\.json$/ }, async () => {
      const protos = await loadProtos({
        module: '@google-cloud/aiplatform/build/protos/protos.json',
        package: 'google.cloud.aiplatform.v1',
        services: ['EndpointService', 'ModelService', 'PipelineService'],
      });
      return { contents: JSON.stringify(protos.toJSON()), loader: 'json' };
    });
  },
};

/** Writes the folder and, beside it, the archive: `out` and `out`.zip. */
export async function buildFunctions(out: string, config = join(ROOT, 'slipway.yaml')): Promise<void> {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  await build({
    entryPoints: [join(ROOT, 'functions/index.ts')],
    outfile: join(out, 'index.cjs'),
    absWorkingDir: ROOT,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    minify: true,
    keepNames: true,
    legalComments: 'none',
    external: [FRAMEWORK],
    plugins: [slimProtos],
  });
  cpSync(config, join(out, 'slipway.yaml'));
  writeManifest(out);
  writeFileSync(`${out}.zip`, archive(out));
}

/** package.json and a lockfile with what the Functions Framework needs, at the versions that were tested. */
function writeManifest(out: string): void {
  const { version, dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const manifest = {
    name: 'slipway-functions',
    version,
    private: true,
    main: 'index.cjs',
    engines: { node: '24' },
    dependencies: { [FRAMEWORK]: dependencies[FRAMEWORK] },
  };
  writeFileSync(join(out, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  cpSync(join(ROOT, 'package-lock.json'), join(out, 'package-lock.json'));
  // From the whole lockfile npm keeps what this manifest reaches; it asks no registry.
  const flags = [
    'install',
    '--package-lock-only',
    '--offline',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
  ];
  execFileSync('npm', flags, { cwd: out, stdio: ['ignore', 'ignore', 'inherit'] });
}

function archive(folder: string): Uint8Array {
  const names = readdirSync(folder).toSorted((a, b) => (a < b ? -1 : 1));
  const files = names.map((name) => [name, new Uint8Array(readFileSync(join(folder, name)))] as const);
  // The zip format's first day, whatever day it is.
  return zipSync(Object.fromEntries(files), { level: 9, mtime: '1980-01-01T00:00:00' });
}

if (import.meta.main) {
  const out = join(ROOT, 'dist/functions');
  await buildFunctions(out);
  console.log(`built ${out}.zip`);
}
