/**
 * The deployer's functions as processes of their own, each served by the real Functions Framework, as Cloud
 * Functions would run them. They are found by the project's package.json, not imported.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

export interface FunctionProcess {
  readonly name: string;
  stop(): Promise<void>;
}

export interface FunctionOptions {
  readonly name: string;
  readonly port: number;
  /** A folder whose package.json names the module that registers the functions; its own framework serves them. */
  readonly source: string;
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
  /** Every line that the function prints. */
  readonly onLine: (line: string) => void;
}

/** Resolves once the function takes connections. Rejects with what it printed if it ends before. */
export async function startFunction(options: FunctionOptions): Promise<FunctionProcess> {
  const { name, port, source, directory, env, onLine } = options;
  const framework = createRequire(join(source, 'package.json')).resolve('@google-cloud/functions-framework');
  const main = framework.replace(/index\.js$/, 'main.js');
  const flags = [`--target=${name}`, '--signature-type=cloudevent', `--source=${source}`, `--port=${port}`];
  const child = spawn(process.execPath, [main, ...flags], {
    cwd: directory,
    env: { ...process.env, NODE_ENV: 'production', METADATA_SERVER_DETECTION: 'none', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface(stream).on('line', (line) => {
      printed.push(line);
      if (printed.length > 50) printed.shift();
      onLine(line);
    });
  }
  await ready(child, port, () => `${name} did not start:\n${printed.join('\n')}`);
  return { name, stop: () => stop(child) };
}

async function ready(child: ChildProcess, port: number, explain: () => string): Promise<void> {
  while (child.exitCode === null && child.signalCode === null) {
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
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const patience = setTimeout(() => child.kill('SIGKILL'), 3_000);
  await gone;
  clearTimeout(patience);
}

/** The framework does not tell a port of its own choosing, so one is chosen for it. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('expected a TCP address');
  return address.port;
}
