/**
 * `npm start`: the local stack and its web console, staying up. Prints their addresses, what to paste for slipway, curl and gcloud, and from
 * then on a line for whatever the functions log: for people, or with --json as they write it. Ctrl-C ends every child.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { ConsoleProcess } from './console-process.ts';
import type { Stack } from './stack.ts';
import { ConfigError } from '../functions/config/config.ts';
import { instructions } from './instructions.ts';
import { logLine } from './log-line.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '9400' },
    'lro-seconds': { type: 'string', default: 'upload=1,deploy=3,undeploy=1' },
    'allow-host': { type: 'string', multiple: true, default: [] },
    data: { type: 'string' },
    config: { type: 'string', default: fileURLToPath(new URL('../slipway.yaml', import.meta.url)) },
    'console-port': { type: 'string', default: '0' },
    json: { type: 'boolean', default: false },
  },
});

const colours = process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '';

let stack: Stack;
let console: ConsoleProcess;
try {
  const [{ startStack }, { startConsoleProcess }, { parseOperationSeconds }] = await Promise.all([
    import('./stack.ts'),
    import('./console-process.ts'),
    import('../emulator/core/operation-seconds.ts'),
  ]);
  stack = await startStack({
    port: Number(values.port),
    config: values.config,
    hostNames: values['allow-host'],
    operations: parseOperationSeconds(values['lro-seconds']),
    ...(values.data !== undefined && { dataDir: values.data }),
    onFunctionLine: (name, line) => {
      const shown = values.json ? `${name.padEnd(10)} ${line}` : logLine(name, line, colours);
      process.stdout.write(`${shown}\n`);
    },
  });
  console = await startConsoleProcess(stack.url, values.config, Number(values['console-port']));
} catch (error) {
  process.stderr.write(`slipway: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(error instanceof ConfigError ? 2 : 1);
}
process.stdout.write(instructions(stack, console.address));

let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (stopping) return;
    stopping = true;
    Promise.all([console.stop(), stack.close()]).then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`slipway: ${String(error)}\n`);
        process.exit(1);
      },
    );
  });
}
