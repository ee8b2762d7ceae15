/**
 * Bundles the predictor into plain JavaScript, which starts in half the time. `node predictor/bundle.ts FOLDER`
 * writes main.js and the scripts it starts. onnxruntime-node stays outside, for its native binaries.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Bundles these entries of the folder `root` into `outdir`, each under its own name. */
export async function bundle(root: URL, entries: readonly string[], outdir: string): Promise<void> {
  await build({
    entryPoints: entries.map((entry) => fileURLToPath(new URL(entry, root))),
    outdir,
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    external: ['onnxruntime-node', ...STORE_CLIENTS.filter((name) => !isInstalled(name))],
    // What was written for CommonJS still asks for these.
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url), __dirname = import.meta.dirname, __filename = import.meta.filename;",
    },
    legalComments: 'none',
  });
}

/** Only a predictor that is told to use such a store loads its client; an image may be built without it. */
const STORE_CLIENTS = ['@google-cloud/cloud-sql-connector', '@google-cloud/firestore', 'pg'];

function isInstalled(name: string): boolean {
  return existsSync(new URL(`../node_modules/${name}/package.json`, import.meta.url));
}

/** The predictor's own entries: the other scripts are what main.js starts. */
export const ENTRIES = ['main.ts', 'trial.ts', 'worker.ts', 'watchdog.ts', 'process.ts'];

if (import.meta.main) {
  const [outdir] = process.argv.slice(2);
  if (outdir === undefined) throw new Error('expected a folder to write to, got nothing');
  await bundle(new URL('.', import.meta.url), ENTRIES, outdir);
}
