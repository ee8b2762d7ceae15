/** The web console of the local stack, as a process of its own: `npx slipway --local console`. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const SLIPWAY = fileURLToPath(new URL('../cli/main.ts', import.meta.url));

export interface ConsoleProcess {
  /** With the token that lets a browser in. */
  readonly address: string;
  stop(): Promise<void>;
}

/** Rejects with what the console printed if it ends before it listens. `port` 0: any that is free. */
export async function startConsoleProcess(
  url: string,
  config: string,
  port: number,
): Promise<ConsoleProcess> {
  const args = [SLIPWAY, 'console', `--local=${url}`, '--config', config, '--port', String(port), '--json'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const gone = once(child, 'exit');
  const said: string[] = [];
  createInterface(child.stderr).on('line', (line) => said.push(line));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const first = await lines.next();
  if (first.done === true) {
    await gone;
    throw new Error(`the console did not start: ${said.join(' ')}`);
  }
  const { address } = JSON.parse(first.value);
  return {
    address: String(address),
    async stop() {
      child.kill('SIGTERM');
      await gone;
    },
  };
}
