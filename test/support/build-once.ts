/**
 * Once for a run of the parts that start whole stacks: the functions and the predictor as they are deployed. What is
 * tested is what runs in production, and each process starts with half the CPU that the sources need.
 */
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle, ENTRIES } from '../../predictor/bundle.ts';
import { buildFunctions } from '../../scripts/build.ts';
import { BUILT } from './built.ts';

const ROOT = new URL('../../', import.meta.url);

/** Called by Vitest (globalSetup), once for each part that asks for it: the first one builds. */
export async function setup(): Promise<(() => void) | undefined> {
  if (process.env[BUILT] !== undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'slipway-built-'));
  process.env[BUILT] = folder;
  // For onnxruntime-node, which is in no bundle.
  symlinkSync(fileURLToPath(new URL('node_modules', ROOT)), join(folder, 'node_modules'), 'dir');
  await Promise.all([
    bundle(new URL('predictor/', ROOT), ENTRIES, join(folder, 'predictor')),
    buildFunctions({ out: folder, config: fileURLToPath(new URL('slipway.yaml', ROOT)) }),
  ]);
  return () => rmSync(folder, { recursive: true, force: true });
}
