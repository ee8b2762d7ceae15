/** The servers that are compared, each as it would be run in an image. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundle, ENTRIES } from '../../predictor/bundle.ts';
import { PORT, type Command, type Protocol } from './subject.ts';

const ROOT = new URL('../../', import.meta.url);
const BUNDLE = fileURLToPath(new URL('dist/bench-predictor/', ROOT));
/** The interpreter of an environment of bench/peers. */
const python = (environment: string): string =>
  fileURLToPath(new URL(`bench/peers/${environment}/bin/python`, ROOT));
const peer = (script: string): string => fileURLToPath(new URL(`bench/peers/${script}`, ROOT));
const PYTHON = python('.venv');

// The image's flag. Fastify's echo gets it too: the comparison is about the servers.
const NODE_FLAGS = ['--max-semi-space-size=8'];

export const MODELS = [
  { name: 'logistic regression', version: 'v1' },
  { name: 'gradient boosting', version: 'v2' },
] as const;
export type Version = (typeof MODELS)[number]['version'];

/** The URI of an example artifact. */
export function artifactUri(version: Version): URL {
  return new URL(`examples/breast-cancer/artifacts/${version}`, ROOT);
}

/** Bundles the predictor and the echo, as the image does. */
export async function buildSubjects(): Promise<void> {
  await bundle(new URL('predictor/', ROOT), ENTRIES, BUNDLE);
  await bundle(new URL('bench/predictor/', ROOT), ['echo.ts', 'fastify-ort.ts'], BUNDLE);
}

export function slipway(version: Version, env: Readonly<Record<string, string>> = {}): Command {
  const AIP_STORAGE_URI = artifactUri(version).href;
  return {
    file: process.execPath,
    args: [...NODE_FLAGS, `${BUNDLE}main.js`],
    env: { AIP_STORAGE_URI, ...env },
  };
}

export function echo(): Command {
  return { file: process.execPath, args: [...NODE_FLAGS, `${BUNDLE}echo.js`], env: {} };
}

export function fastapi(version: Version, runtime: 'sklearn' | 'onnxruntime'): Command {
  return { ...inPython('.venv', ['server.py'], version), env: { ...ofPython(version), RUNTIME: runtime } };
}

/** True if the Python peers are installed. */
export function hasPeers(): boolean {
  return existsSync(PYTHON);
}

/** A server of the table, and how it is asked. */
export interface Server {
  readonly name: string;
  readonly command: Command;
  readonly path: string;
  readonly protocol: Protocol;
}

/** The servers of the table; of those that are not installed, says so by `skipped`. */
export function servers(version: Version, skipped: (line: string) => void): Server[] {
  const asked = { path: '/predict', protocol: 'v1' } as const;
  const here: Server[] = [
    { ...asked, name: 'slipway', command: slipway(version) },
    { ...asked, name: 'echo', command: echo() },
    { ...asked, name: 'fastify-ort', command: fastifyOrt(version) },
  ];
  const peers: (Server & { environment: string })[] = [
    ...(['uvicorn', 'granian'] as const).map((server) => ({
      ...asked,
      name: `asgi-orjson-${server}`,
      environment: '.venv',
      command: {
        ...inPython('.venv', ['asgi.py'], version),
        env: { ...ofPython(version), SERVER: server },
      },
    })),
    ...(['onnxruntime', 'sklearn'] as const).map((runtime) => ({
      ...asked,
      name: `fastapi-${runtime}`,
      environment: '.venv',
      command: fastapi(version, runtime),
    })),
    {
      name: 'mlserver',
      environment: '.venv-mlserver',
      path: '/v2/models/example/infer',
      protocol: 'v2',
      command: {
        ...inPython('.venv-mlserver', ['mlserver_onnx.py'], version),
        healthPath: '/v2/health/ready',
      },
    },
    {
      name: 'kserve',
      environment: '.venv-kserve',
      path: '/v1/models/example:predict',
      protocol: 'v1',
      command: { ...inPython('.venv-kserve', ['kserve_onnx.py'], version), healthPath: '/v2/health/ready' },
    },
    {
      ...asked,
      name: 'bentoml',
      environment: '.venv-bentoml',
      command: {
        ...inPython('.venv-bentoml', [], version),
        args: ['-m', 'bentoml', 'serve', 'bentoml_onnx:Onnx', '--host', '127.0.0.1', '--port', PORT],
        cwd: peer(''),
        healthPath: '/readyz',
      },
    },
  ];
  for (const { name, environment } of peers) {
    if (existsSync(python(environment))) continue;
    const file = `requirements${environment.replace('.venv', '')}.txt`;
    skipped(
      `${name}: skipped, bench/peers/${environment} is not there; bench/peers/${file} says how to make it`,
    );
  }
  return [...here, ...peers.filter(({ environment }) => existsSync(python(environment)))];
}

function fastifyOrt(version: Version): Command {
  const MODEL = fileURLToPath(new URL(`${artifactUri(version).href}/model.onnx`));
  return { file: process.execPath, args: [...NODE_FLAGS, `${BUNDLE}fastify-ort.js`], env: { MODEL } };
}

/** One thread for the model, as the predictor has. */
function ofPython(version: Version): Readonly<Record<string, string>> {
  return { MODEL: version, OMP_NUM_THREADS: '1' };
}

function inPython(environment: string, [script]: readonly string[], version: Version): Command {
  const args = script === undefined ? [] : [peer(script)];
  return { file: python(environment), args, env: ofPython(version), cwd: peer('') };
}
