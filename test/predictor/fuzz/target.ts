/** The server that is fuzzed: a process of its own, or, in tests, in this one. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildApp } from '../../../predictor/app.ts';
import { begin } from '../../../predictor/begin.ts';
import { readConfig } from '../../../predictor/config.ts';
import { Health } from '../../../predictor/health.ts';
import { loadService } from '../../../predictor/load.ts';
import { createLogger } from '../../../predictor/log.ts';
import { Metrics } from '../../../predictor/metrics.ts';
import type { Service } from '../../../predictor/service.ts';
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

function artifactOf(subject: Subject, thread: Thread): { folder: string; env: Record<string, string> } {
  const folder = mkdtempSync(join(tmpdir(), 'predictor-fuzz-'));
  writeFileSync(join(folder, 'model.onnx'), subject.model);
  const env: Record<string, string> = {
    ...UNLIMITED,
    AIP_STORAGE_URI: pathToFileURL(folder).href,
    AIP_HTTP_PORT: '0',
    SLIPWAY_MODEL_THREAD: thread,
  };
  if (subject.handler !== undefined) {
    // .mjs: outside the project no package.json says that it is a module.
    env['SLIPWAY_HANDLER'] = join(folder, 'handler.mjs');
    writeFileSync(env['SLIPWAY_HANDLER'], subject.handler);
  }
  return { folder, env };
}

function isError(line: string): boolean {
  return /"severity":"(ERROR|CRITICAL|ALERT|EMERGENCY)"/.test(line) || !line.startsWith('{');
}

/** Serves the subject in a process of its own. */
export async function startProcess(subject: Subject, thread: Thread): Promise<Target> {
  const { folder, env } = artifactOf(subject, thread);
  const child = spawn(process.execPath, [fileURLToPath(script('main'))], {
    env: { PATH: process.env['PATH'], ...env },
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
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Serves the subject in this process, which saves the start of one. */
export async function startHere(subject: Subject, thread: Thread): Promise<Target> {
  const { folder, env } = artifactOf(subject, thread);
  const config = readConfig(env);
  const errors: string[] = [];
  const log = createLogger('info', {
    write(line) {
      if (isError(line)) errors.push(line);
    },
  });
  const health = new Health();
  const metrics = new Metrics();
  let service: Service | null = null;
  const app = buildApp({ config, health, log, metrics, service: () => service });
  health.enter('loading');
  const beginning = begin(config, script('trial'));
  let end: string | null = null;
  const onLost = (cause: Error): void => {
    end = `lost its model: ${cause.message}`;
  };
  service = await loadService({
    config,
    health,
    log,
    metrics,
    beginning,
    workerScript: script('worker'),
    onLost,
  });
  health.enter('ready');
  await app.listen({ host: '127.0.0.1', port: 0 });
  const address = app.server.address();
  if (typeof address !== 'object' || address === null) throw new Error('expected a port, got none');
  const { runtime } = service.predictor.options;
  return {
    port: address.port,
    errors: () => errors,
    ended: () => end,
    async close() {
      app.server.closeAllConnections();
      await app.close();
      await runtime.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
