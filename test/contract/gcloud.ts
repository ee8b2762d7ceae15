/** The real gcloud, with a configuration of its own and no credentials. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Gcloud {
  /** Runs `gcloud COMMAND`, whose words no space is in, and returns what it prints. Rejects with its errors. */
  text(command: string, ...more: string[]): Promise<string>;
  /** The same with `--format=json`, parsed. */
  json(command: string, ...more: string[]): Promise<unknown>;
  /** Removes its configuration. */
  close(): void;
}

export function hasGcloud(): boolean {
  try {
    execFileSync('gcloud', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** A gcloud of project `p1` that takes the emulator at `url` for Google. */
export function gcloudOf(url: string): Gcloud {
  const config = mkdtempSync(path.join(tmpdir(), 'slipway-gcloud-'));
  const env = {
    ...process.env,
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
  };
  const text = async (command: string, ...more: string[]): Promise<string> => {
    const { stdout } = await run('gcloud', [...command.split(' '), ...more], { env });
    return stdout;
  };
  return {
    text,
    json: async (command, ...more) => JSON.parse(await text(command, ...more, '--format=json')),
    close: () => rmSync(config, { recursive: true }),
  };
}
