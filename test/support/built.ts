/** What test/support/build-once.ts has built for the stacks of this run. */
import { join } from 'node:path';

/** The folder, for the processes that run the tests. */
export const BUILT = 'SLIPWAY_BUILT';

/** The predictor's entry, and the folder of the functions. */
export function built(): { readonly predictor: string; readonly functions: string } {
  const folder = process.env[BUILT];
  if (folder === undefined) throw new Error('this part of vitest.config.ts is not in BUILT');
  return { predictor: join(folder, 'predictor/main.js'), functions: join(folder, 'functions') };
}
