#!/usr/bin/env node
/** `npx slipway`: see docs/cli.md. */
import module from 'node:module';
import { fileURLToPath } from 'node:url';

// Most of a start is compiling: the second one takes half the CPU. Where nothing can be kept, nothing is.
module.enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/slipway', import.meta.url)));
const { runSlipway } = await import('./program.ts');

// Google's clients warn of what is theirs to mend; standard error is for our own sentence.
process.removeAllListeners('warning');
// `slipway history churn | head`: the reader has read enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});
process.exitCode = await runSlipway(process.argv.slice(2), process);
