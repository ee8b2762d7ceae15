/** The command line as a process, against a local stack. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { LocalStack } from '../support/local-stack.ts';

const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** With an environment that knows nothing of the stack: --local alone has to do. */
export function runSlipway({ stack }: LocalStack, ...args: string[]): Promise<Ran> {
  const { url, config } = stack;
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [MAIN, ...args, `--local=${url}`, '--config', config.path],
      { env: { PATH: process.env['PATH'] } },
      (error, stdout, stderr) => {
        resolve({ exitCode: Number(error?.code ?? 0), stdout, stderr });
      },
    );
  });
}
