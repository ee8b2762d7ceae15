/**
 * Bundles the predictor into plain JavaScript: the image starts in half the time. `node predictor/bundle.ts DIR`
 * writes main.js and what it starts. onnxruntime-node stays outside, for its native binaries.
 */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const [outdir] = process.argv.slice(2);
if (outdir === undefined) throw new Error('expected a folder to write to, got nothing');

const source = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

await build({
  // The trial and the model's thread are started as scripts of their own.
  entryPoints: ['main.ts', 'trial.ts', 'worker.ts', 'handler.ts'].map(source),
  outdir,
  bundle: true,
  splitting: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  external: ['onnxruntime-node'],
  // What was written for CommonJS still asks for `require`.
  banner: {
    js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
  },
  legalComments: 'none',
});
