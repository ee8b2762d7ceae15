/**
 * What only Python can show: training again gives the committed bytes, and the pipeline compiles. Runs with the
 * interpreter named by SLIPWAY_PYTHON, else .venv/bin/python, if that has the examples' pinned packages.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PYTHON = process.env['SLIPWAY_PYTHON'] ?? join(ROOT, '.venv/bin/python');

/** The packages of a requirements file that are missing or of another version. */
function missingFrom(requirements: string): string[] {
  const pins = readFileSync(join(ROOT, requirements), 'utf8').match(/^[^#\n]+==[^\n]+$/gm) ?? [];
  const listed = spawnSync(PYTHON, ['-m', 'pip', 'list', '--format=freeze'], { encoding: 'utf8' });
  if (listed.status !== 0) return ['a Python in SLIPWAY_PYTHON or .venv'];
  const installed = new Set(listed.stdout.split('\n'));
  return pins.filter((pin) => !installed.has(pin));
}

/** Each example's versions, and what its training prints of a good one. */
const EXAMPLES = [
  { name: 'breast-cancer', versions: ['v1', 'v2'], accuracy: /hold-out accuracy 0\.9[5-9]/ },
  { name: 'tickets', versions: ['v1'], accuracy: /hold-out accuracy 0\.9/ },
  { name: 'wine', versions: ['v1'], accuracy: /hold-out accuracy 0\.9[5-9]/ },
  { name: 'customers', versions: ['v1', 'v2', 'v3', 'v4'], accuracy: /hold-out accuracy 0\.[6-9]/ },
].map((example) => ({ ...example, lacks: missingFrom(`examples/${example.name}/requirements.txt`) }));
const pipelineLacks = missingFrom('examples/pipeline/requirements.txt');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-python-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(script: string, ...args: string[]): string {
  return execFileSync(PYTHON, [join(ROOT, script), ...args], { encoding: 'utf8' });
}

function produces(key: string, schemaTitle: string): object {
  return { outputDefinitions: { artifacts: { [key]: { artifactType: { schemaTitle } } } } };
}

function why(lacks: readonly string[]): string {
  return lacks.length > 0 ? `skipped: needs ${lacks.join(', ')}` : 'pinned packages found';
}

for (const { name, versions, accuracy, lacks } of EXAMPLES) {
  describe.skipIf(lacks.length > 0)(`training of ${name} (${why(lacks)})`, () => {
    test('gives the committed artifacts again, byte for byte', { timeout: 120_000 }, () => {
      const out = join(folder, name);
      const printed = run(`examples/${name}/train.py`, '--out', out);
      expect(printed).toMatch(accuracy);
      const committed = join(ROOT, 'examples', name, 'artifacts');
      const differing = versions.flatMap((version) =>
        readdirSync(join(committed, version))
          .map((file) => join(version, file))
          .filter((file) => !readFileSync(join(out, file)).equals(readFileSync(join(committed, file)))),
      );
      expect(differing).toEqual([]);
    });
  });
}

describe.skipIf(pipelineLacks.length > 0)(`pipeline (${why(pipelineLacks)})`, () => {
  test('compiles to four tasks; the last announces the job by its own name', { timeout: 120_000 }, () => {
    const output = join(folder, 'pipeline.json');
    run('examples/pipeline/pipeline.py', output);
    const jobName = { runtimeValue: { constant: '{{$.pipeline_job_resource_name}}' } };
    expect(JSON.parse(readFileSync(output, 'utf8'))).toMatchObject({
      components: {
        'comp-train': produces('candidate', 'system.Artifact'),
        'comp-evaluate': produces('metrics', 'system.Metrics'),
        'comp-land': produces('model', 'system.Model'),
      },
      root: {
        dag: {
          tasks: {
            evaluate: { dependentTasks: ['train'] },
            land: { dependentTasks: ['evaluate', 'train'] },
            announce: { dependentTasks: ['land'], inputs: { parameters: { pipeline_job: jobName } } },
          },
        },
      },
    });
  });
});
