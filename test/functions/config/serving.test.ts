/** Combinations of `serving` that Vertex AI refuses, or would ignore, are refused with a sentence that names both fields. */
import { expect, it } from 'vitest';
import { ConfigError, parseConfig } from '../../../functions/config/config.ts';
import { withService } from './samples.ts';

function problems(service: string): readonly string[] {
  try {
    parseConfig(withService(service));
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

const GPU = 'accelerator: { type: NVIDIA_L4, count: 1 }';

it.each([
  ['{ minReplicas: 2, requiredReplicas: 3 }', 'requiredReplicas: expected at most minReplicas (2), got 3'],
  [
    '{ autoscaling: { accelerator: 80 } }',
    'autoscaling.accelerator: expected serving.accelerator, whose duty cycle it is',
  ],
  [
    '{ accelerator: { type: NVIDIA_L4, count: 2, partition: 1g.10gb } }',
    'accelerator.partition: expected accelerator.count 1, got 2',
  ],
  [
    '{ accelerator: { type: TPU_V2, count: 1, partition: 1g.10gb } }',
    'accelerator.partition: expected an NVIDIA GPU as accelerator.type, got TPU_V2',
  ],
  [`{ ${GPU}, tpuTopology: 2x2 }`, 'tpuTopology: expected no GPU as accelerator.type, got NVIDIA_L4'],
  [
    '{ spot: true, reservation: any }',
    'spot: expected no reservation beside it: Spot VMs are never taken from one',
  ],
  [
    '{ reservation: projects/p/zones/europe-west1-b/reservations/r }',
    'reservation: expected a zone of the region us-central1, got europe-west1-b',
  ],
  ['{ port: 8000, grpcPort: 8000 }', 'grpcPort: expected another one than port, got 8000 for both'],
  ['{ deploymentTimeout: 3h }', 'deploymentTimeout: expected at most 2h, got 3h'],
  [
    '{ invokeRoutePrefix: "/*", predictRoute: /predict }',
    'invokeRoutePrefix: expected no predictRoute beside it: Vertex AI takes one of the two',
  ],
  [
    '{ probes: { health: { periodSeconds: 5 } } }',
    'probes.health: expected one of http, tcp, grpc and exec, got none',
  ],
  [
    '{ probes: { health: { tcp: {}, exec: [a] } } }',
    'probes.health: expected one of http, tcp, grpc and exec, got tcp and exec',
  ],
  [
    '{ probes: { startup: { tcp: {}, successThreshold: 2 } } }',
    'probes.startup.successThreshold: expected 1 but for probes.health',
  ],
])('%s', (serving, problem) => {
  expect(problems(`    serving: ${serving}`)).toContain(`services.churn.serving.${problem}`);
});

it('what sends predictions has no route beside invokeRoutePrefix', () => {
  const found = problems(`
    serving: { invokeRoutePrefix: "/*" }
    batch: { outputs: gs://results/churn/ }
    rollout: { gates: { golden: {} } }`);
  expect(found).toContain(
    'services.churn.serving.invokeRoutePrefix: expected no rollout.gates.golden beside it: the gate sends predictions, which have no route then',
  );
  expect(found).toContain(
    'services.churn.serving.invokeRoutePrefix: expected no batch beside it: a job sends predictions, which have no route then',
  );
});

it('a deployment takes less than its release may', () => {
  expect(problems('    serving: { deploymentTimeout: 1h }\n    rollout: { deadline: 1h }')).toEqual([
    'services.churn.serving.deploymentTimeout: expected less than rollout.deadline (1h), got 1h',
  ]);
});

it.each([
  ['{ tpuTopology: 2by2 }', 'tpuTopology: expected a topology such as 2x2 or 2x2x1, got "2by2"'],
  [
    '{ reservation: mine }',
    'reservation: expected any, none or projects/PROJECT/zones/ZONE/reservations/NAME, got "mine"',
  ],
  [
    '{ invokeRoutePrefix: /v1/* }',
    'invokeRoutePrefix: expected /*, the only prefix that Vertex AI takes, got "/v1/*"',
  ],
  ['{ args: [--port, 80] }', 'args.1: expected text; put numbers and true or false in quotes, got 80'],
  ['{ port: 0 }', 'port: expected a whole number from 1 to 65535, got 0'],
  ['{ autoscaling: { cpu: 101 } }', 'autoscaling.cpu: expected a whole number from 1 to 100, got 101'],
])('%s has another form', (serving, problem) => {
  expect(problems(`    serving: ${serving}`)).toEqual([`services.churn.serving.${problem}`]);
});
