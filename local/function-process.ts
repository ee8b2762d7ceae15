/**
 * The deployer's functions as processes of their own, each served by the real Functions Framework, as Cloud
 * Functions would run them. They are found by the project's package.json, not imported.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { FUNCTION_NODE_OPTIONS } from '../common/node-options.ts';
import type { Caller } from '../emulator/push-token.ts';

export interface FunctionProcess {
  readonly name: string;
  /** Of the process that runs now; undefined in a pause. */
  readonly pid: number | undefined;
  stop(): Promise<void>;
}

export interface FunctionOptions {
  readonly name: string;
  readonly port: number;
  /** A folder whose package.json names the module that registers the functions; its own framework serves them. */
  readonly source: string;
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
  /** Who alone may call the function; left out: any program of this machine. */
  readonly caller?: Caller;
  /** Every line that the function prints, and one in Cloud Logging's JSON for every time that its process ends. */
  readonly onLine: (line: string) => void;
}

/** Before a process that has ended is started again: doubled each time, from the first to the last. */
const firstPauseMs = 500;
const lastPauseMs = 30_000;
/** A process that ran for as long as this was sound: the pauses begin again. */
const soundAfterMs = 60_000;

const LOOPBACK_ONLY = new URL('../emulator/child/loopback.ts', import.meta.url).href;

/**
 * Resolves once the function takes connections. Rejects with what it printed if it ends before. A process that ends
 * later is started again, as Cloud Run would, after pauses that grow.
 */
export async function startFunction(options: FunctionOptions): Promise<FunctionProcess> {
  const { name, port, onLine } = options;
  const printed: string[] = [];
  let child = launch(options, printed);
  const stopping = new AbortController();
  await ready(child, port, () => `${name} did not start:\n${printed.join('\n')}`);

  async function keepRunning(): Promise<void> {
    let pauseMs = firstPauseMs;
    while (!stopping.signal.aborted) {
      const startedAt = performance.now();
      const how = await ended(child);
      if (stopping.signal.aborted) return;
      if (performance.now() - startedAt > soundAfterMs) pauseMs = firstPauseMs;
      const fields = { function: name, ended: how, againInSeconds: pauseMs / 1000 };
      onLine(
        JSON.stringify({
          severity: 'ERROR',
          message: 'function process ended and is started again',
          ...fields,
        }),
      );
      await pause(pauseMs, undefined, { signal: stopping.signal }).catch(() => {});
      if (stopping.signal.aborted) return;
      pauseMs = Math.min(pauseMs * 2, lastPauseMs);
      child = launch(options, printed);
    }
  }
  const running = keepRunning();
  return {
    name,
    get pid() {
      return isOver(child) ? undefined : child.pid;
    },
    async stop() {
      stopping.abort();
      await stop(child);
      await running;
    },
  };
}

function launch(
  { name, port, source, directory, env, caller, onLine }: FunctionOptions,
  printed: string[],
): ChildProcess {
  const framework = createRequire(join(source, 'package.json')).resolve('@google-cloud/functions-framework');
  const main = framework.replace(/index\.js$/, 'main.js');
  const flags = [`--target=${name}`, '--signature-type=http', `--source=${source}`, `--port=${port}`];
  const child = spawn(process.execPath, ['--import', LOOPBACK_ONLY, main, ...flags], {
    cwd: directory,
    env: {
      ...process.env,
      NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} ${FUNCTION_NODE_OPTIONS}`,
      NODE_ENV: 'production',
      METADATA_SERVER_DETECTION: 'none',
      EMULATOR_JSON_ONLY: '1',
      ...(caller && { EMULATOR_CALLER: JSON.stringify(caller) }),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr]) {
    createInterface(stream).on('line', (line) => {
      printed.push(line);
      if (printed.length > 50) printed.shift();
      onLine(line);
    });
  }
  return child;
}

function isOver(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** How the process ended, in words. */
async function ended(child: ChildProcess): Promise<string> {
  if (!isOver(child)) {
    await new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
      child.once('error', () => resolve());
    });
  }
  return child.signalCode === null ? `exit code ${child.exitCode}` : `signal ${child.signalCode}`;
}

async function ready(child: ChildProcess, port: number, explain: () => string): Promise<void> {
  while (!isOver(child)) {
    if (await answers(port)) return;
    await pause(50);
  }
  throw new Error(explain());
}

/** Whether something listens. No request is sent: the function would take it for an event. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (isOver(child)) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const patience = setTimeout(() => child.kill('SIGKILL'), 3_000);
  await gone;
  clearTimeout(patience);
}
