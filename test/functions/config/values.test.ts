/** Values of slipway.yaml that Google takes are taken; those it does not are named, with what is expected and the line. */
import { protos } from '@google-cloud/aiplatform';
import { describe, expect, it } from 'vitest';
import { ACCELERATORS } from '../../../functions/config/accelerators.ts';
import { ConfigError, parseConfig } from '../../../functions/config/config.ts';
import { CHURN, GOOD, HEAD, withService } from './samples.ts';

function refused(yaml: string): ConfigError {
  try {
    parseConfig(yaml);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('nothing is wrong');
}

const IMAGE = 'us-docker.pkg.dev/p/r/predictor';
const DIGEST = `sha256:${'0a'.repeat(32)}`;

describe('images', () => {
  it.each([
    `${IMAGE}:v1-RC1`,
    `${IMAGE}:2026_01.3`,
    `${IMAGE}:_x`,
    `${IMAGE}@${DIGEST}`,
    `${IMAGE}:V1@${DIGEST}`,
    'localhost:5000/predictor',
    'registry.example.com:443/a/b__c/d-e.f:1',
    'Registry.Example.com/predictor',
    'us-docker.pkg.dev/example.com/my-project/r/predictor',
    'predictor',
  ])('%s', (image) => {
    expect(parseConfig(GOOD.replace(IMAGE, image)).services.get('churn')?.image).toBe(image);
  });

  it.each([
    'us-docker.pkg.dev/p/r/Predictor',
    `${IMAGE}:`,
    `${IMAGE}:-x`,
    `${IMAGE}:${'x'.repeat(129)}`,
    `${IMAGE}@sha256:0g`,
    `${IMAGE}@sha256:${'0a'.repeat(33)}`,
    `${IMAGE}@md5:${'0a'.repeat(32)}`,
    `${IMAGE}/`,
    'a//b',
  ])('not %s', (image) => {
    const [problem, ...others] = refused(GOOD.replace(IMAGE, `"${image}"`)).problems;
    expect(others).toEqual([]);
    expect(problem).toContain(
      'services.churn.image: expected an image, HOST/PATH in lower case with a :TAG or @sha256:DIGEST after it if any, got "',
    );
  });
});

describe('projects', () => {
  it.each(['example.com:my-project', 'my-project-123', 'a.b-c.org:abcdef'])('%s', (project) => {
    expect(parseConfig(GOOD.replace('my-project', project)).project).toBe(project);
  });

  it.each(['123456789012', 'My-project', 'example.com:', ':my-project', 'a:b:my-project', 'my-project-'])(
    'not %s',
    (project) => {
      expect(refused(GOOD.replace('my-project', `"${project}"`)).problems).toEqual([
        `project: expected the id of a project, such as my-project or example.com:my-project, got "${project}"`,
      ]);
    },
  );
});

describe('accounts of models', () => {
  it.each([
    'serving@my-project.iam.gserviceaccount.com',
    'serving@my-project.example.com.iam.gserviceaccount.com',
    '123456789-compute@developer.gserviceaccount.com',
    'my-project@appspot.gserviceaccount.com',
    'my-project.example.com@appspot.gserviceaccount.com',
  ])('%s', (account) => {
    const { services } = parseConfig(withService(`    serving: { serviceAccount: ${account} }`));
    expect(services.get('churn')?.serving.serviceAccount).toBe(account);
  });
});

describe('buckets', () => {
  it.each(['models.example.com', 'a_b-c', `${'x'.repeat(63)}.${'y'.repeat(63)}`])('%s', (bucket) => {
    expect(parseConfig(GOOD.replaceAll('my-state', bucket)).stateBucket).toBe(bucket);
    const { services } = parseConfig(GOOD.replace('gs://models', `gs://${bucket}`));
    expect(services.get('churn')?.artifacts.bucket).toBe(bucket);
  });

  it.each(['a..b', '.ab', 'ab-', 'Models', 'x'.repeat(64)])('not %s', (bucket) => {
    expect(refused(GOOD.replaceAll('my-state', `"${bucket}"`)).problems).toEqual([
      `state: expected the name of a bucket, without gs://, got "${bucket}"`,
    ]);
    expect(refused(GOOD.replace('gs://models', `gs://${bucket}`)).problems).toHaveLength(1);
  });
});

describe('accelerators', () => {
  const withType = (type: string) => withService(`    serving: { accelerator: { type: ${type}, count: 1 } }`);

  it('are those that the client knows, which leaves out any other one', () => {
    const { AcceleratorType, MachineSpec } = protos.google.cloud.aiplatform.v1;
    const known = Object.keys(AcceleratorType).filter((name) => name !== 'ACCELERATOR_TYPE_UNSPECIFIED');
    expect([...ACCELERATORS].toSorted()).toEqual(known.toSorted());
    expect(MachineSpec.fromObject({ acceleratorType: 'NVIDIA_T4' }).acceleratorType).toBe(0);
    for (const type of ACCELERATORS) expect(parseConfig(withType(type)).services.size).toBe(1);
  });

  it.each([
    ['NVIDIA_T4', 'NVIDIA_TESLA_T4'],
    ['nvidia-tesla-t4', 'NVIDIA_TESLA_T4'],
    ['NVIDIA_TESLA_L4', 'NVIDIA_L4'],
    ['NVIDIA_H100', 'NVIDIA_H100_80GB'],
    ['H200', 'NVIDIA_H200_141GB'],
    ['NVIDIA_TESLA_A100_80GB', 'NVIDIA_A100_80GB'],
    ['TPU_V5', 'TPU_V5_LITEPOD'],
    ['NVIDIA_TELSA_V100', 'NVIDIA_TESLA_V100'],
  ])('%s: %s is meant', (type, meant) => {
    const [problem = ''] = refused(withType(type)).problems;
    expect(problem).toContain(
      'services.churn.serving.accelerator.type: expected an accelerator of Vertex AI',
    );
    expect(problem).toContain(`, got "${type}"`);
    expect(/such as (\w+)/.exec(problem)?.[1]).toBe(meant);
  });

  it.each(['ACCELERATOR_TYPE_UNSPECIFIED', 'toString', '""'])('not %s', (type) => {
    expect(refused(withType(type)).problems).toHaveLength(1);
  });
});

describe('what is wrong is named in words', () => {
  it.each([
    [
      GOOD.replace('us-central1', 'europe_west1'),
      'region: expected a region such as us-central1, got "europe_west1"',
    ],
    [
      GOOD.replace('us-central1', 'us-central1-a'),
      'region: expected a region such as us-central1, got "us-central1-a"',
    ],
    [
      withService('    serving: { minReplicas: "2" }'),
      'services.churn.serving.minReplicas: expected a whole number from 1 to 1000, got "2"',
    ],
    [
      withService('    serving: { machineType: n1_standard_2 }'),
      'services.churn.serving.machineType: expected a machine type such as n1-standard-2, got "n1_standard_2"',
    ],
    [
      withService('    rollout: { deadline: 90 }'),
      'services.churn.rollout.deadline: expected a duration such as 30s, 5m or 3h, got 90',
    ],
    [
      withService('    rollout: { deadline: 1.5h }'),
      'services.churn.rollout.deadline: expected a duration such as 30s, 5m or 3h, got "1.5h"',
    ],
    [
      withService('    rollout: { strategy: rolling }'),
      'services.churn.rollout.strategy: expected one of blue-green, canary, recreate, got "rolling"',
    ],
    [
      withService('    rollout: { strategy: recreate, standby: 2h }'),
      'services.churn.rollout.standby: expected none for strategy: recreate, which undeploys the live model before the candidate is deployed',
    ],
    [
      withService('    serving: { env: { AIP_HTTP_PORT: "80" } }'),
      'services.churn.serving.env.AIP_HTTP_PORT: expected a name of letters, digits and "_" that does not begin with AIP_, which are Vertex AI\'s own',
    ],
    [
      withService('    serving: { env: { TOKEN: 123456 } }'),
      'services.churn.serving.env.TOKEN: expected text; put numbers and true or false in quotes, got a number',
    ],
    [
      GOOD.replace('my-state', 'gs://my-state'),
      'state: expected the name of a bucket, without gs://, got "gs://my-state"',
    ],
  ])('%#', (yaml, problem) => {
    expect(refused(yaml).problems).toEqual([problem]);
  });

  it('cuts what is long', () => {
    const [problem = ''] = refused(GOOD.replace('us-central1', 'x'.repeat(5_000))).problems;
    expect(problem.length).toBeLessThan(200);
  });

  it('on the line where it stands, all at once', () => {
    const yaml = `${HEAD.replace('us-central1', 'europe_west1')}
services:
  churn:${CHURN}
    serving:
      accelerator: { type: NVIDIA_T4, count: 1 }
      env:
        A.B: x
    rollout:
      strategy: canary
      steps:
        - traffic: 5
        - traffic: 500
  other:${CHURN.replace('churn/*', 'x/*').replace('endpoint: churn', 'endpoint: other')}
    keepVersions: 0
extra: 1
`;
    const lines = refused(yaml)
      .message.split('\n')
      .slice(1)
      .map((line) => line.replace(/^ {2}- (line \d+: [^:]+): .*$/, '$1'));
    expect(lines.toSorted()).toEqual(
      [
        'line 3: region',
        'line 11: services.churn.serving.accelerator.type',
        'line 13: services.churn.serving.env.A.B',
        'line 18: services.churn.rollout.steps.1.traffic',
        'line 23: services.other.keepVersions',
        'line 24: extra',
      ].toSorted(),
    );
    const [accelerator] = refused(withService('    serving:\n      accelerator: { type: T4, count: 1 }'))
      .message.split('\n')
      .slice(1);
    expect(accelerator).toContain('  - line 11: services.churn.serving.accelerator.type: ');
  });
});
