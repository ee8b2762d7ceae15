/** Serves an artifact as the process would – read, looked through, loaded, checked – but in this process. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FastifyInstance } from 'fastify';
import { buildApp } from '../../predictor/app.ts';
import { begin } from '../../predictor/load/preload.ts';
import { readConfig } from '../../predictor/config.ts';
import { Health } from '../../predictor/health.ts';
import { loadService, tryOut } from '../../predictor/load/load.ts';
import { createLogger } from '../../predictor/log.ts';
import { Metrics } from '../../predictor/metrics.ts';
import type { Service } from '../../predictor/service.ts';

export interface Here {
  readonly app: FastifyInstance;
  /** The log's lines so far, as JSON. */
  readonly lines: readonly string[];
  /** How the model was lost, or null. */
  readonly ended: () => string | null;
  close(): Promise<void>;
}

export type Files = Readonly<Record<string, string | Uint8Array>>;

const script = (name: string): URL => new URL(`../../predictor/${name}.ts`, import.meta.url);

/** `env` of a predictor whose artifact is in a folder of its own, which is removed by `remove`. */
export function writeFiles(files: Files): {
  folder: string;
  env: Record<string, string>;
  remove: () => void;
} {
  const folder = mkdtempSync(join(tmpdir(), 'predictor-here-'));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  const env = { AIP_STORAGE_URI: pathToFileURL(folder).href, AIP_HTTP_PORT: '0' };
  return { folder, env, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Serves the files, without a trial in another process. Rejects with a ModelError if they cannot be served. */
export async function serveHere(
  files: Files,
  settings: Readonly<Record<string, string>> = {},
): Promise<Here> {
  const { env, remove } = writeFiles(files);
  const config = readConfig({ ...env, SLIPWAY_TRIAL: 'off', ...settings });
  const lines: string[] = [];
  const log = createLogger('info', { write: (line) => lines.push(line) });
  const health = new Health();
  const metrics = new Metrics();
  let service: Service | null = null;
  let end: string | null = null;
  health.enter('loading');
  try {
    const surroundings = {
      config,
      log,
      metrics,
      workerScript: script('worker'),
      watchdogScript: script('watchdog'),
      onLost(cause: Error): void {
        end = `lost its model: ${cause.message}`;
      },
    };
    const tried = await tryOut(begin(config, script('trial')), config);
    health.enter('checking');
    service = await loadService(tried, surroundings);
  } catch (error) {
    remove();
    throw error;
  }
  health.enter('ready');
  const app = buildApp({ config, health, log, metrics, service: () => service });
  const { runtime } = service.predictor.options;
  return {
    app,
    lines,
    ended: () => end,
    async close() {
      app.server.closeAllConnections();
      await app.close();
      await runtime.close();
      remove();
    },
  };
}
