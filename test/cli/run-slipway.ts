/**
 * The command line against a local stack, as a person runs it. Most tests run it in this process: a process of its
 * own costs a second of CPU, and shows the same but for the exit code and what its environment lacks.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { runSlipway } from '../../cli/program.ts';
import type { LocalStack } from '../support/local-stack.ts';

const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** In this process. */
export async function slipwayHere({ stack }: LocalStack, ...args: string[]): Promise<Ran> {
  let stdout = '';
  let stderr = '';
  const exitCode = await runSlipway(wordsFor(stack, args), {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    env: {},
  });
  return { exitCode, stdout, stderr };
}

/** As a process, with an environment that knows nothing of the stack: --local alone has to do. */
export function slipwayProcess({ stack }: LocalStack, ...args: string[]): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [MAIN, ...wordsFor(stack, args)],
      { env: { PATH: process.env['PATH'] } },
      (error, stdout, stderr) => {
        resolve({ exitCode: Number(error?.code ?? 0), stdout, stderr });
      },
    );
  });
}

function wordsFor({ url, config }: LocalStack['stack'], args: readonly string[]): string[] {
  return [...args, `--local=${url}`, '--config', config.path];
}
