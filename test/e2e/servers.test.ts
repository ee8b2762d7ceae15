/**
 * Servers that nobody here wrote, released on the whole local stack: MLServer and FastAPI with uvicorn as the examples
 * have them, and an ONNX model by another runtime. Runs with the Python of SLIPWAY_PYTHON, else .venv/bin/python, if
 * that has the pinned packages of the examples.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { example } from '../support/artifacts.ts';
import { MODELS, startLocalStack, type LocalStack } from '../support/local-stack.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PYTHON = process.env['SLIPWAY_PYTHON'] ?? join(ROOT, '.venv/bin/python');
const REGISTRY = 'us-central1-docker.pkg.dev/e2e-project/slipway';

/** The packages that the examples pin and this Python lacks. */
function missing(): string[] {
  const read = (name: string) => readFileSync(join(ROOT, `examples/${name}/requirements.txt`), 'utf8');
  const pins = [
    ...['fastapi', 'mlserver'].flatMap((name) => read(name).match(/^[\w-]+==.+$/gm) ?? []),
    ...(read('breast-cancer').match(/^(?:numpy|onnx)==.+$/gm) ?? []),
  ];
  const listed = spawnSync(PYTHON, ['-m', 'pip', 'list', '--format=freeze'], { encoding: 'utf8' });
  if (listed.status !== 0) return ['a Python in SLIPWAY_PYTHON or .venv'];
  const installed = new Set(listed.stdout.split('\n'));
  return [...new Set(pins)].filter((pin) => !installed.has(pin));
}

const lacks = missing();
const why = lacks.length > 0 ? `skipped: needs ${lacks.join(', ')}` : 'pinned packages found';
const uvicorn = (folder: string, app: string) => [
  PYTHON,
  '-m',
  'uvicorn',
  app,
  '--app-dir',
  join(ROOT, folder),
  '--host',
  '127.0.0.1',
];

describe.skipIf(lacks.length > 0)(`servers of others (${why})`, { timeout: 240_000 }, () => {
  let local: LocalStack;
  let trained: Record<string, Uint8Array>;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'slipway-servers-'));
    execFileSync(PYTHON, [join(ROOT, 'examples/fastapi/train.py'), folder]);
    trained = Object.fromEntries(
      ['golden.jsonl', 'model.joblib'].map((name) => [name, readFileSync(join(folder, name))]),
    );
    const golden = { rollout: { gates: { golden: {} } } };
    const joblib = (name: string) => ({ artifacts: `gs://${MODELS}/${name}/*/model.joblib`, ...golden });
    local = await startLocalStack(
      {
        fastapi: {
          ...joblib('fastapi'),
          image: `${REGISTRY}/fastapi`,
          serving: { args: ['--port', '$(AIP_HTTP_PORT)'] },
        },
        mlserver: {
          ...joblib('mlserver'),
          image: `${REGISTRY}/mlserver`,
          serving: {
            healthRoute: '/v2/health/ready',
            env: { MLSERVER_HTTP_PORT: '$(AIP_HTTP_PORT)', MLSERVER_HOST: '127.0.0.1' },
            probes: { startup: { tcp: {}, periodSeconds: 1, failureThreshold: 60 } },
          },
        },
        onnx: {
          ...golden,
          image: `${REGISTRY}/onnx`,
          serving: {
            port: 9000,
            args: ['--port', '$(AIP_HTTP_PORT)'],
            probes: { health: { http: { path: '/ready' }, periodSeconds: 1, timeoutSeconds: 5 } },
          },
        },
      },
      {
        images: {
          [`${REGISTRY}/fastapi`]: uvicorn('examples/fastapi', 'server:app'),
          [`${REGISTRY}/mlserver`]: [
            '/usr/bin/env',
            `PATH=${dirname(PYTHON)}:/usr/bin:/bin`,
            PYTHON,
            join(ROOT, 'examples/mlserver/start.py'),
          ],
          [`${REGISTRY}/onnx`]: uvicorn('test/e2e/servers', 'onnx_reference:app'),
        },
      },
    );
  }, 120_000);

  afterAll(async () => {
    await local.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it.concurrent.for(['fastapi', 'mlserver', 'onnx'])(
    '%s goes live, and its gate finds the answers right',
    async (service, { expect }) => {
      await (service === 'onnx' ? landOnnx() : local.landFiles(service, 'v1', trained));
      const [outcome] = await local.outcomes(service, 1);
      expect(outcome).toMatchObject({
        result: 'Live',
        verdicts: [{ gate: 'golden', verdict: 'pass' }],
      });
    },
  );

  /** The example's model and rows, without the manifest, which only the predictor of this repository reads. */
  async function landOnnx(): Promise<void> {
    const { 'golden.jsonl': rows, 'model.onnx': model } = await example('v1');
    await local.landFiles('onnx', 'v1', { 'golden.jsonl': rows, 'model.onnx': model });
  }
});
