/** Starts the predictor as Vertex AI would: a process with an environment, known by its port and its output. The bundle of its image. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { onTestFinished } from 'vitest';
import { freePort } from '../../common/free-port.ts';
import { built } from '../support/built.ts';

export interface Running {
  readonly pid: number;
  /** The log's lines so far. */
  readonly lines: () => Record<string, unknown>[];
  /** The URL once it listens. */
  readonly url: () => string;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Resolves with the exit code, or the signal's name. */
  readonly ended: Promise<number | string>;
}

/** Writes an artifact into a folder of its own and returns its URI. */
export function writeArtifact(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'predictor-'));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return pathToFileURL(folder).href;
}

/** Starts a predictor on a free port. It is killed when the test is over. */
export async function startPredictor(
  storageUri: string,
  env: Readonly<Record<string, string>> = {},
  script = built().predictor,
  nodeArgs: readonly string[] = [],
): Promise<Running> {
  const port = await freePort();
  const child = spawn(process.execPath, [...nodeArgs, script], {
    env: {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      AIP_HTTP_PORT: String(port),
      AIP_STORAGE_URI: storageUri,
      // How many cores there are must not decide what is tested.
      SLIPWAY_PROCESSES: '1',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const ended = once(child, 'close').then(([code, signal]) => code ?? signal);
  return {
    pid: child.pid ?? 0,
    lines: () =>
      text
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line)),
    url: () => `http://127.0.0.1:${port}`,
    kill: (signal) => child.kill(signal),
    ended,
  };
}

/** The health route's answer, or null while nobody listens. */
export async function healthOf(running: Running): Promise<{ code: number; state: string } | null> {
  try {
    const response = await fetch(`${running.url()}/health`);
    const { state } = (await response.json()) as { state: string };
    return { code: response.status, state };
  } catch {
    return null;
  }
}

export async function predictBy(running: Running, instances: readonly unknown[]): Promise<Response> {
  return fetch(`${running.url()}/predict`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ instances }),
  });
}
