/** What test/support/build-once.ts has built for the stacks of this run; without it, the sources. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The folder, for the processes that run the tests. */
export const BUILT = 'SLIPWAY_BUILT';

/** The predictor's entry, and the folder of the functions. */
export function built(): { readonly predictor: string; readonly functions: string } {
  const folder = process.env[BUILT];
  if (folder === undefined) return { predictor: join(ROOT, 'predictor/main.ts'), functions: ROOT };
  return { predictor: join(folder, 'predictor/main.js'), functions: join(folder, 'functions') };
}
