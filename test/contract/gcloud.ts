/** The real gcloud, with a configuration of its own and no credentials. It is loaded once for all commands of a file. */
import { spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface Gcloud {
  /** Runs `gcloud COMMAND`, whose words no space is in, and returns what it prints. Rejects with its errors. */
  text(command: string, ...more: string[]): Promise<string>;
  /** The same with `--format=json`, parsed; undefined where it prints nothing. */
  json(command: string, ...more: string[]): Promise<unknown>;
  /** Ends it, and removes its configuration. */
  close(): void;
}

interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const SERVER = fileURLToPath(new URL('gcloud-server.py', import.meta.url));

export function hasGcloud(): boolean {
  return (process.env['PATH'] ?? '').split(path.delimiter).some((folder) => {
    try {
      accessSync(path.join(folder, 'gcloud'), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** A gcloud of project `p1` that takes the emulator at `url` for Google. Commands run one after another. */
export function gcloudOf(url: string): Gcloud {
  const config = mkdtempSync(path.join(tmpdir(), 'slipway-gcloud-'));
  const child = spawn('gcloud', [], {
    env: {
      ...process.env,
      CLOUDSDK_PYTHON_ARGS: `-S -W ignore ${SERVER}`,
      CLOUDSDK_CONFIG: config,
      CLOUDSDK_API_ENDPOINT_OVERRIDES_AIPLATFORM: `${url}/`,
      CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE: `${url}/storage/v1/`,
      CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB: `${url}/`,
      CLOUDSDK_AUTH_DISABLE_CREDENTIALS: 'true',
      CLOUDSDK_CORE_PROJECT: 'p1',
      CLOUDSDK_AI_REGION: 'us-central1',
      CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
      CLOUDSDK_CORE_CHECK_GCE_METADATA: 'false',
      CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: 'true',
      CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK: '1',
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const answers: { readonly resolve: (answer: Answer) => void; readonly reject: (error: Error) => void }[] =
    [];
  createInterface(child.stdout).on('line', (line) => answers.shift()?.resolve(JSON.parse(line) as Answer));
  child.once('exit', (code) => {
    for (const { reject } of answers.splice(0)) reject(new Error(`gcloud ended with ${code}`));
  });

  const text = async (command: string, ...more: string[]): Promise<string> => {
    const words = [...command.split(' '), ...more];
    const { code, stdout, stderr } = await new Promise<Answer>((resolve, reject) => {
      answers.push({ resolve, reject });
      child.stdin.write(`${JSON.stringify(words)}\n`);
    });
    if (code !== 0) throw new Error(`gcloud ${words.join(' ')}: ${stderr}`);
    return stdout;
  };
  return {
    text,
    async json(command, ...more) {
      const printed = await text(command, ...more, '--format=json');
      return printed === '' ? undefined : JSON.parse(printed);
    },
    close() {
      child.stdin.end();
      rmSync(config, { recursive: true });
    },
  };
}
