/**
 * The real terraform on a copy of terraform/, against the schema-only provider: no credentials, no registry, and the
 * state in a folder of its own.
 */
import { execFile, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serveSchema } from '../../scripts/terraform/schema-provider.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const found = spawnSync('terraform', ['version', '-json'], { encoding: 'utf8' });
export const TERRAFORM_FOUND = found.status === 0;
export const WHY = TERRAFORM_FOUND ? 'terraform found' : 'skipped: there is no terraform on the PATH';

export interface Ran {
  readonly code: number;
  /** Both streams. */
  readonly output: string;
  readonly stdout: string;
}

export interface Workspace {
  /** Where terraform runs. */
  readonly folder: string;
  /** What terraform is run with, should something else run it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  run(...args: string[]): Promise<Ran>;
  /** Resolves with the standard output, or rejects with what terraform said. */
  succeed(...args: string[]): Promise<string>;
  close(): void;
}

/** A copy of terraform/ with slipway.yaml and an archive beside it, as `npm run build` leaves them. */
export function openWorkspace(program = 'terraform'): Promise<Workspace> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-terraform-'));
  const cwd = join(folder, 'terraform');
  cpSync(join(ROOT, 'terraform'), cwd, { recursive: true, filter: (path) => !path.includes('/.terraform') });
  cpSync(join(ROOT, 'slipway.yaml'), join(folder, 'slipway.yaml'));
  mkdirSync(join(folder, 'dist'));
  writeFileSync(join(folder, 'dist/functions.zip'), 'what npm run build makes');
  // Terraform's own way to replace a setting: the state stays here instead of in Cloud Storage.
  writeFileSync(join(cwd, 'backend_override.tf'), 'terraform {\n  backend "local" {}\n}\n');
  return openWithin(folder, program);
}

/** The same as it stands: with what was initialised, its state and the files beside it. */
export function copyWorkspace({ folder }: Workspace): Promise<Workspace> {
  const copy = mkdtempSync(join(tmpdir(), 'slipway-terraform-'));
  cpSync(join(folder, '..'), copy, { recursive: true, verbatimSymlinks: true });
  return openWithin(copy, 'terraform');
}

async function openWithin(folder: string, program: string): Promise<Workspace> {
  const opened = await openFolder(join(folder, 'terraform'), program);
  return {
    ...opened,
    close() {
      opened.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A folder of Terraform files as it is. */
export async function openFolder(cwd: string, program = 'terraform'): Promise<Workspace> {
  const provider = await serveSchema();
  const env = {
    PATH: process.env['PATH'],
    HOME: cwd,
    TF_CLI_CONFIG_FILE: '/dev/null',
    CHECKPOINT_DISABLE: '1',
    TF_IN_AUTOMATION: '1',
    // Half of its CPU goes into collecting the garbage of a heap that is small; this one stays below 600 MB.
    GOGC: '800',
    TF_REATTACH_PROVIDERS: provider.reattach,
  };
  const run = (...args: string[]): Promise<Ran> =>
    new Promise((resolve) => {
      execFile(program, args, { cwd, env, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
        const code = typeof error?.code === 'number' ? error.code : Number(error !== null);
        resolve({ code, output: stdout + stderr, stdout });
      });
    });
  return {
    folder: cwd,
    env,
    run,
    async succeed(...args) {
      const { code, output, stdout } = await run(...args);
      if (code !== 0) throw new Error(`${program} ${args.join(' ')}: ${output}`);
      return stdout;
    },
    close: () => provider.close(),
  };
}
