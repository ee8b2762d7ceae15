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

const trainingLacks = missingFrom('examples/breast-cancer/requirements.txt');
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

describe.skipIf(trainingLacks.length > 0)(
  `training${trainingLacks.length > 0 ? ` (skipped: needs ${trainingLacks.join(', ')})` : ''}`,
  () => {
    test('gives the committed artifacts again, byte for byte', { timeout: 120_000 }, () => {
      expect(run('examples/breast-cancer/train.py', '--out', folder)).toMatch(/v1: hold-out accuracy 0\.9/);
      for (const version of ['v1', 'v2']) {
        const committed = join(ROOT, 'examples/breast-cancer/artifacts', version);
        for (const file of readdirSync(committed)) {
          expect([file, readFileSync(join(folder, version, file), 'latin1')]).toEqual([
            file,
            readFileSync(join(committed, file), 'latin1'),
          ]);
        }
      }
    });
  },
);

describe.skipIf(pipelineLacks.length > 0)(
  `pipeline${pipelineLacks.length > 0 ? ` (skipped: needs ${pipelineLacks.join(', ')})` : ''}`,
  () => {
    test(
      'compiles to four tasks, announced last with the name of the job itself',
      { timeout: 120_000 },
      () => {
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
                train: {},
                evaluate: { dependentTasks: ['train'] },
                land: { dependentTasks: ['evaluate', 'train'], cachingOptions: {} },
                announce: { dependentTasks: ['land'], inputs: { parameters: { pipeline_job: jobName } } },
              },
            },
          },
        });
      },
    );
  },
);

describe.skipIf(pipelineLacks.length > 0)(
  `pipeline${pipelineLacks.length > 0 ? ` (skipped: needs ${pipelineLacks.join(', ')})` : ''}`,
  () => {
    test(
      'compiles to four tasks, announced last with the name of the job itself',
      { timeout: 120_000 },
      () => {
        const output = join(folder, 'pipeline.json');
        run('examples/pipeline/pipeline.py', output);
        const { root, components } = JSON.parse(readFileSync(output, 'utf8'));
        const { tasks } = root.dag;
        expect(Object.keys(tasks).toSorted()).toEqual(['announce', 'evaluate', 'land', 'train']);
        expect(tasks.evaluate.dependentTasks).toEqual(['train']);
        expect(tasks.land.dependentTasks).toContain('evaluate');
        expect(tasks.announce.dependentTasks).toEqual(['land']);
        expect(tasks.announce.inputs.parameters.pipeline_job.runtimeValue.constant).toBe(
          '{{$.pipeline_job_resource_name}}',
        );
        expect(components['comp-land'].outputDefinitions.artifacts.model.artifactType.schemaTitle).toBe(
          'system.Model',
        );
        expect(components['comp-evaluate'].outputDefinitions.artifacts.metrics.artifactType.schemaTitle).toBe(
          'system.Metrics',
        );
      },
    );
  },
);
