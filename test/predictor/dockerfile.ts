/**
 * Builds the file system of the predictor's image without a container engine: what the Dockerfile copies is copied,
 * what it runs is run, each stage in a folder that stands for its root. What only an engine has is left out: the
 * base image, packages of the distribution, and `npm ci`, for which the packages that are here stand in.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { basename, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface Instruction {
  readonly name: string;
  readonly text: string;
}

export interface TestApp {
  readonly image: string;
  /** Its own name, or ''. */
  readonly name: string;
  readonly instructions: readonly Instruction[];
}

export interface Image {
  /** The folder that stands for `/`. */
  readonly root: string;
  /** The working directory, inside of it. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly entrypoint: readonly string[];
  readonly user: string;
}

/** The stages of a Dockerfile, of which only the forms that the predictor's uses are read. */
export function readDockerfile(): readonly TestApp[] {
  const text = readFileSync(join(ROOT, 'predictor/Dockerfile'), 'utf8')
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll('\\\n', ' ');
  const stages: { image: string; name: string; instructions: Instruction[] }[] = [];
  for (const line of text.split('\n').filter((each) => each.trim() !== '')) {
    const [, name = '', rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (name === 'FROM') {
      const [image = '', , stage = ''] = rest.split(/\s+/);
      stages.push({ image, name: stage, instructions: [] });
    } else stages.at(-1)?.instructions.push({ name, text: rest.trim() });
  }
  return stages;
}

/** Builds all stages below `folder` and returns the last, which is the image. `hasLocales`: localedef can run. */
export function assembleImage(folder: string, hasLocales: boolean): Image {
  const built = new Map<string, string>();
  let image: Image | null = null;
  for (const [index, stage] of readDockerfile().entries()) {
    const root = join(folder, stage.name === '' ? `stage${index}` : stage.name);
    mkdirSync(root, { recursive: true });
    image = buildStage(stage, root, built, hasLocales);
    built.set(stage.name, root);
  }
  if (image === null) throw new Error('expected a stage, got none');
  return image;
}

function buildStage(
  stage: TestApp,
  root: string,
  built: ReadonlyMap<string, string>,
  hasLocales: boolean,
): Image {
  let workdir = '/';
  let user = 'root';
  let entrypoint: readonly string[] = [];
  const env: Record<string, string> = {};
  for (const { name, text } of stage.instructions) {
    const at = join(root, workdir);
    if (name === 'WORKDIR') {
      workdir = posix.resolve(workdir, text);
      mkdirSync(join(root, workdir), { recursive: true });
    } else if (name === 'COPY') copy(text, root, at, built);
    else if (name === 'RUN') run(text, root, at, hasLocales);
    else if (name === 'USER') user = text;
    else if (name === 'ENV') {
      const [key = '', value = ''] = text.split('=');
      env[key] = value;
    } else if (name === 'ENTRYPOINT') entrypoint = JSON.parse(text);
    else if (name !== 'EXPOSE') throw new Error(`expected an instruction that is known here, got ${name}`);
  }
  return { root, folder: join(root, workdir), env, entrypoint, user };
}

function copy(text: string, root: string, at: string, built: ReadonlyMap<string, string>): void {
  const words = text.split(/\s+/);
  const options = words.filter((word) => word.startsWith('--'));
  const paths = words.filter((word) => !word.startsWith('--'));
  const target = paths.pop() ?? '.';
  const destination = target.startsWith('/') ? join(root, target) : join(at, target);
  const stage = options.find((option) => option.startsWith('--from='))?.slice('--from='.length);
  for (const path of paths) {
    const source = stage === undefined ? join(ROOT, path) : join(built.get(stage) ?? '', path);
    if (stage !== undefined && target !== '.') mkdirSync(destination, { recursive: true });
    if (stage !== undefined) execFileSync('cp', ['-al', `${source}/.`, destination]);
    else if (paths.length > 1) cpSync(source, join(destination, basename(path)), { recursive: true });
    else cpSync(source, destination, { recursive: true });
  }
}

/** Runs the command with the stage's own folders in place of those of the root. */
function run(text: string, root: string, at: string, hasLocales: boolean): void {
  if (text === 'npm ci') {
    symlinkSync(join(ROOT, 'node_modules'), join(at, 'node_modules'));
    return;
  }
  const steps = text
    .split(/\s*&&\s*/)
    .filter((step) => !step.startsWith('apt-get '))
    .filter((step) => hasLocales || !step.startsWith('localedef '));
  // Hard links where the disk is the same: the packages have hundreds of megabytes.
  const linking = steps.map((step) => step.replace(/^cp -r (.*)$/, '{ cp -rl $1 2>/dev/null || cp -r $1; }'));
  const command = linking.join(' && ').replaceAll(/(?<=^|[\s=>])\/(app|locale)\b/g, `${root}/$1`);
  execFileSync('sh', ['-ec', command], { cwd: at, stdio: ['ignore', 'ignore', 'inherit'] });
}
