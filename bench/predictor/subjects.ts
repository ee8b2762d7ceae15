/** The servers that are compared, each as it would be run in an image. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundle, ENTRIES } from '../../predictor/bundle.ts';
import type { Command } from './subject.ts';

const ROOT = new URL('../../', import.meta.url);
const BUNDLE = fileURLToPath(new URL('dist/bench-predictor/', ROOT));
const PYTHON = fileURLToPath(new URL('bench/peers/.venv/bin/python', ROOT));

// The image's flag. Fastify's echo gets it too: the comparison is about the servers.
const NODE_FLAGS = ['--max-semi-space-size=8'];

export const MODELS = [
  { name: 'logistic regression', version: 'v1' },
  { name: 'gradient boosting', version: 'v2' },
] as const;
export type Version = (typeof MODELS)[number]['version'];

/** The URI of an example artifact. */
export function artifactUri(version: Version): URL {
  return new URL(`examples/breast-cancer/artifacts/${version}`, ROOT);
}

/** Bundles the predictor and the echo, as the image does. */
export async function buildSubjects(): Promise<void> {
  await bundle(new URL('predictor/', ROOT), ENTRIES, BUNDLE);
  await bundle(new URL('bench/predictor/', ROOT), ['echo.ts'], BUNDLE);
}

export function slipway(version: Version, env: Readonly<Record<string, string>> = {}): Command {
  const AIP_STORAGE_URI = artifactUri(version).href;
  return {
    file: process.execPath,
    args: [...NODE_FLAGS, `${BUNDLE}main.js`],
    env: { AIP_STORAGE_URI, ...env },
  };
}

export function echo(env: Readonly<Record<string, string>> = {}): Command {
  return { file: process.execPath, args: [...NODE_FLAGS, `${BUNDLE}echo.js`], env };
}

export function fastapi(version: Version, runtime: 'sklearn' | 'onnxruntime'): Command {
  const script = fileURLToPath(new URL('bench/peers/server.py', ROOT));
  // One thread, as the predictor's model has.
  return { file: PYTHON, args: [script], env: { MODEL: version, RUNTIME: runtime, OMP_NUM_THREADS: '1' } };
}

/** True if the Python peers are installed. */
export function hasPeers(): boolean {
  return existsSync(PYTHON);
}

/** The servers of the table by their names. */
export function servers(version: Version): Map<string, Command> {
  const commands = new Map<string, Command>([
    ['slipway', slipway(version)],
    ['echo', echo()],
    ['echo-deferred', echo({ DEFERRED: '1' })],
  ]);
  if (hasPeers()) {
    commands.set('fastapi-sklearn', fastapi(version, 'sklearn'));
    commands.set('fastapi-onnxruntime', fastapi(version, 'onnxruntime'));
  }
  return commands;
}
