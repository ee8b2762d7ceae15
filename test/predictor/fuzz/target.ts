/** The server that is fuzzed: a process of its own, or, in tests, in this one. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { serveHere, writeFiles, type Files } from '../serve-here.ts';
import type { Subject } from './subject.ts';

export type Thread = 'main' | 'worker';

export interface Target {
  readonly port: number;
  /** Lines of the log that tell of an error, as JSON. */
  readonly errors: () => readonly string[];
  /** How it ended by itself, or null. */
  readonly ended: () => string | null;
  close(): Promise<void>;
}

const script = (name: string): URL => new URL(`../../../predictor/${name}.ts`, import.meta.url);
const START_MS = 120_000;

/** Nothing may be refused for being much: with these limits, 503 is a fault. */
const UNLIMITED = {
  SLIPWAY_MAX_QUEUE_MS: '3600000',
  SLIPWAY_MAX_LOOP_LAG_MS: '60000',
  SLIPWAY_TIMEOUT_MS: '600000',
  SLIPWAY_TRIAL: 'off',
};

interface Artifact {
  readonly files: Files;
  readonly settings: Readonly<Record<string, string>>;
  /** Removes the handler's file. */
  readonly remove: () => void;
}

function artifactOf(subject: Subject, thread: Thread): Artifact {
  const files = { 'model.onnx': subject.model };
  const settings = { ...UNLIMITED, SLIPWAY_MODEL_THREAD: thread };
  if (subject.handler === undefined) return { files, settings, remove: () => {} };
  // .mjs: outside the project no package.json says that it is a module.
  const { folder, remove } = writeFiles({ 'handler.mjs': subject.handler });
  return { files, settings: { ...settings, SLIPWAY_HANDLER: join(folder, 'handler.mjs') }, remove };
}

function isError(line: string): boolean {
  return /"severity":"(ERROR|CRITICAL|ALERT|EMERGENCY)"/.test(line) || !line.startsWith('{');
}

/** Serves the subject in a process of its own. */
export async function startProcess(subject: Subject, thread: Thread): Promise<Target> {
  const { files, settings, remove } = artifactOf(subject, thread);
  const artifact = writeFiles(files);
  const child = spawn(process.execPath, [fileURLToPath(script('main'))], {
    env: { PATH: process.env['PATH'], ...artifact.env, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const errors: string[] = [];
  let end: string | null = null;
  const gone = once(child, 'exit');
  child.once('exit', (code, signal) => {
    end = `ended with ${signal ?? `code ${code}`}`;
  });
  createInterface(child.stderr).on('line', (line) => errors.push(line));
  const port = await new Promise<number>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the predictor did not start')), START_MS);
    void gone.then(() => reject(new Error(`the predictor ${end}: ${errors.join('\n')}`)));
    createInterface(child.stdout).on('line', (line) => {
      if (isError(line)) errors.push(line);
      const found = /"port":(\d+)[^]*"message":"ready"|"message":"ready"[^]*"port":(\d+)/.exec(line);
      if (found === null) return;
      clearTimeout(timer);
      resolve(Number(found[1] ?? found[2]));
    });
  });
  return {
    port,
    errors: () => errors,
    ended: () => end,
    async close() {
      child.kill('SIGKILL');
      await gone;
      artifact.remove();
      remove();
    },
  };
}

/** Serves the subject in this process, which saves the start of one. */
export async function startHere(subject: Subject, thread: Thread): Promise<Target> {
  const { files, settings, remove } = artifactOf(subject, thread);
  const here = await serveHere(files, settings);
  const { app, lines, ended } = here;
  await app.listen({ host: '127.0.0.1', port: 0 });
  const address = app.server.address();
  if (typeof address !== 'object' || address === null) throw new Error('expected a port, got none');
  return {
    port: address.port,
    errors: () => lines.filter(isError),
    ended,
    async close() {
      await here.close();
      remove();
    },
  };
}
