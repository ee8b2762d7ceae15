/** Every problem of a configuration is told at once, with its path and what was expected there. */
import { describe, expect, it } from 'vitest';
import { ConfigError, parseConfig, type Environment } from '../../../functions/config/config.ts';
import { CHURN, GOOD, HEAD, withService } from './samples.ts';

function problems(yaml: string, env: Environment = {}): readonly string[] {
  try {
    parseConfig(yaml, env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('what is wrong', () => {
  it.each<[string, string, readonly string[], Environment?]>([
    ['an empty file', '', ['(top): must be object, got null']],
    ['text', 'hello', ['(top): must be object, got a string']],
    [
      'an empty mapping',
      '{}',
      ['project: must be given', 'region: must be given', 'state: must be given', 'services: must be given'],
    ],
    [
      'no services',
      `${HEAD}\nservices: {}`,
      ['services: must not have fewer than 1 properties, got an object'],
    ],
    [
      'a service of nothing',
      `${HEAD}\nservices: { churn: null }`,
      ['services.churn: must be object, got null'],
    ],
    [
      'a service without what it must have',
      `${HEAD}\nservices: { churn: {} }`,
      [
        'services.churn.artifacts: must be given',
        'services.churn.image: must be given',
        'services.churn.endpoint: must be given',
      ],
    ],
    [
      'an unknown field',
      withService('    imagee: x'),
      ['services.churn.imagee: not a field that is known here'],
    ],
    ['an unknown section', `${GOOD}\nextra: 1`, ['extra: not a field that is known here']],
    [
      'a service with a name that no object of Google’s may have',
      GOOD.replace('churn:', 'Churn_1:'),
      ['services.Churn_1: not a field that is known here'],
    ],
    [
      'the service __proto__',
      GOOD.replace('churn:', '__proto__:'),
      ['services.__proto__: not a field that is known here'],
    ],
    [
      'replicas the wrong way round',
      withService('    serving: { minReplicas: 3, maxReplicas: 2 }'),
      ['services.churn.serving.maxReplicas: expected at least minReplicas (3), got 2'],
    ],
    [
      'a pattern without a folder',
      GOOD.replace('churn/*/model.onnx', 'churn/model.onnx'),
      [
        'services.churn.artifacts: expected at least one "*", so that every artifact has a folder of its own, ' +
          'got "gs://models/churn/model.onnx"',
      ],
    ],
    [
      'artifacts in the state bucket',
      GOOD.replace('gs://models/', 'gs://my-state/'),
      ['services.churn.artifacts: expected another bucket than the state bucket, got my-state'],
    ],
    [
      'two services with one endpoint and overlapping artifacts',
      `${GOOD}  other:${CHURN.replace('churn/*', '*/v1')}`,
      [
        'services.other.endpoint: expected an endpoint of its own, got that of churn',
        'services.other.artifacts: expected artifacts of its own, got some of churn',
      ],
    ],
    [
      'images that are not JSON',
      GOOD,
      ['SLIPWAY_IMAGES: expected a JSON object from image to pinned image'],
      { SLIPWAY_IMAGES: '{' },
    ],
    [
      'images that are no texts',
      GOOD,
      ['SLIPWAY_IMAGES: expected a JSON object from image to pinned image'],
      { SLIPWAY_IMAGES: '{"a":1}' },
    ],
    [
      'problems of several kinds, all at once',
      GOOD.replace('gs://models/', 'gs://my-state/'),
      [
        'SLIPWAY_IMAGES: expected a JSON object from image to pinned image',
        'SLIPWAY_TICK_BUDGET_SECONDS: expected whole seconds from 5 to 3000',
        'services.churn.artifacts: expected another bucket than the state bucket, got my-state',
      ],
      { SLIPWAY_IMAGES: '[]', SLIPWAY_TICK_BUDGET_SECONDS: 'soon' },
    ],
  ])('%s', (_, yaml, expected, env = {}) => {
    expect(problems(yaml, env)).toEqual(expected);
  });

  it('is told all at once, however much it is, and of whatever kind', () => {
    const fields = Array.from({ length: 30 }, (_, i) => `field${i}`);
    const yaml = `${GOOD}  other:${CHURN}
    serving: { minReplicas: 3, maxReplicas: 2 }
  third: 5
${fields.map((field) => `${field}: 1`).join('\n')}`;
    expect(problems(yaml, { SLIPWAY_IMAGES: '[]' })).toEqual([
      ...fields.map((field) => `${field}: not a field that is known here`),
      'services.third: must be object, got a number',
      'SLIPWAY_IMAGES: expected a JSON object from image to pinned image',
      'services.other.serving.maxReplicas: expected at least minReplicas (3), got 2',
      'services.other.endpoint: expected an endpoint of its own, got that of churn',
      'services.other.artifacts: expected artifacts of its own, got some of churn',
    ]);
  });

  it.each([
    ['project', 'project: my-project', 'project: My_Project', 'project'],
    ['region', 'region: us-central1', 'region: us-central1-a', 'region'],
    ['state bucket', 'state: my-state', 'state: gs://my-state', 'state'],
    ['region that is a number', 'region: us-central1', 'region: 1', 'region'],
    ['artifact that is no gs:// URI', 'gs://models', 's3://models', 'services.churn.artifacts'],
    ['artifact in a bucket with credentials', 'gs://models', 'gs://a@models', 'services.churn.artifacts'],
    ['image with a scheme', 'image: us', 'image: https://us', 'services.churn.image'],
    ['image with blanks', 'predictor', 'predictor --flag', 'services.churn.image'],
    ['empty endpoint', 'endpoint: churn', 'endpoint: ""', 'services.churn.endpoint'],
  ])('an impossible %s', (_, from, to, path) => {
    const found = problems(GOOD.replace(from, to));
    expect(found).toHaveLength(1);
    expect(found[0]?.split(':')[0]).toBe(path);
  });

  it.each([
    ['machineType', 'n1_standard_2'],
    ['machineType', '""'],
    ['minReplicas', '0'],
    ['minReplicas', '-1'],
    ['minReplicas', '1.5'],
    ['minReplicas', '1e9'],
    ['minReplicas', '"1"'],
    ['minReplicas', '.nan'],
    ['maxReplicas', '.inf'],
    ['accelerator', 'NVIDIA_L4'],
    ['serviceAccount', 'somebody@example.com'],
    ['predictRoute', 'predict'],
    ['healthRoute', '/a b'],
    ['healthRoute', '/a?b'],
  ])('serving.%s: %s', (field, value) => {
    const found = problems(withService(`    serving: { ${field}: ${value} }`));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(new RegExp(`^services\\.churn\\.serving\\.${field}: .+, got `));
  });

  it.each([
    [
      'a variable of Vertex AI’s own',
      '    serving: { env: { AIP_HTTP_PORT: "80" } }',
      'serving.env.AIP_HTTP_PORT',
    ],
    ['a variable with a blank', '    serving: { env: { "A B": "1" } }', 'serving.env.A B'],
    ['a variable that is a number', '    serving: { env: { A: 1 } }', 'serving.env.A'],
    [
      'an accelerator without a count',
      '    serving: { accelerator: { type: A_B } }',
      'serving.accelerator.count',
    ],
    ['a strategy that is none', '    rollout: { strategy: rolling }', 'rollout.strategy'],
    ['a canary without steps', '    rollout: { strategy: canary }', 'rollout.steps'],
    ['steps without a canary', '    rollout: { steps: [{ traffic: 5 }] }', 'rollout.steps'],
    [
      'steps that fall',
      '    rollout: { strategy: canary, steps: [{ traffic: 50 }, { traffic: 5 }] }',
      'rollout.steps',
    ],
    [
      'a step of everything',
      '    rollout: { strategy: canary, steps: [{ traffic: 100 }] }',
      'rollout.steps.0.traffic',
    ],
    ['a bake longer than the deadline', '    rollout: { bake: 3h, deadline: 2h }', 'rollout.deadline'],
    [
      'a comparison without a canary',
      '    rollout: { gates: { comparison: { maxDifference: 1 } } }',
      'rollout.gates.comparison',
    ],
    [
      'a comparison that lets everything pass',
      '    rollout: { strategy: canary, steps: [{ traffic: 5 }], gates: { comparison: {} } }',
      'rollout.gates.comparison',
    ],
    [
      'a comparison with nothing beside the candidate',
      '    rollout: { strategy: recreate, gates: { comparison: { maxDifference: 1 } } }',
      'rollout.gates.comparison',
    ],
    [
      'a standby of what is undeployed',
      '    rollout: { strategy: recreate, standby: 2h }',
      'rollout.standby',
    ],
    [
      'replicas of a standby that is none',
      '    rollout: { strategy: recreate, standbyReplicas: 1 }',
      'rollout.standbyReplicas',
    ],
    [
      'steps with nothing beside the candidate',
      '    rollout: { strategy: recreate, steps: [{ traffic: 5 }] }',
      'rollout.steps',
    ],
    ['a gate that is none', '    rollout: { gates: { luck: {} } }', 'rollout.gates.luck'],
    ['a deadline without a unit', '    rollout: { deadline: "90" }', 'rollout.deadline'],
    ['a deadline of nothing', '    rollout: { deadline: 0h }', 'rollout.deadline'],
    ['takeOver as text', '    rollout: { takeOver: "yes" }', 'rollout.takeOver'],
    ['no versions kept', '    keepVersions: 0', 'keepVersions'],
  ])('%s', (_, more, path) => {
    const found = problems(withService(more));
    expect(found).toHaveLength(1);
    expect(found[0]?.startsWith(`services.churn.${path}: `)).toBe(true);
  });

  it.each(['4', '3001', '1.5', '-5', 'NaN', '5s', ' '])('a tick budget of "%s"', (seconds) => {
    expect(problems(GOOD, { SLIPWAY_TICK_BUDGET_SECONDS: seconds })).toEqual([
      'SLIPWAY_TICK_BUDGET_SECONDS: expected whole seconds from 5 to 3000',
    ]);
  });

  it.each(['0', '61', '2.5', 'two'])('"%s" instances', (instances) => {
    expect(problems(GOOD, { SLIPWAY_INSTANCES: instances })).toEqual([
      'SLIPWAY_INSTANCES: expected a whole number from 1 to 60',
    ]);
  });

  it.each([
    ['a billion laughs', 'a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]'],
    ['a single alias', 'a: &a x\nb: *a'],
    ['a key twice', 'project: a\nproject: b'],
    ['an open bracket', 'project: ['],
    ['tabs', 'services:\n\tchurn: 1'],
    ['two documents', 'project: a\n---\nproject: b'],
  ])('%s in YAML', (_, yaml) => {
    const found = problems(yaml);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^expected YAML: /);
  });

  it('10,000 brackets, soon', () => {
    const began = performance.now();
    expect(problems('['.repeat(10_000))).toHaveLength(1);
    expect(performance.now() - began).toBeLessThan(5_000);
  });
});
