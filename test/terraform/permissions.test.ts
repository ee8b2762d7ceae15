/** The engine's roles on the project hold the permissions of the calls that the code makes: none missing, none more. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/** https://cloud.google.com/vertex-ai/docs/general/iam-permissions; an operation is read by its resource's `get`. */
const VERTEX = new Map([
  ['ListModelVersions', ['models.list', 'models.get']],
  ['GetModel', ['models.get']],
  ['UploadModel', ['models.upload']],
  // Not in Google's table of permissions, which has none for copies.
  ['CopyModel', ['models.get', 'models.upload']],
  ['MergeVersionAliases', ['models.update']],
  ['DeleteModelVersion', ['models.delete']],
  ['ListEndpoints', ['endpoints.list']],
  ['GetEndpoint', ['endpoints.get']],
  ['CreateEndpoint', ['endpoints.create']],
  ['UpdateEndpoint', ['endpoints.update']],
  ['UpdateEndpointLongRunning', ['endpoints.update']],
  ['DeployModel', ['endpoints.deploy']],
  ['UndeployModel', ['endpoints.undeploy']],
  // Not in Google's table of permissions; roles/aiplatform.user has it, with those of deployments and of updates.
  ['MutateDeployedModel', ['endpoints.deploy', 'endpoints.update']],
  ['GetOperation', ['models.get', 'endpoints.get']],
  ['ListOperations', ['operations.list']],
  ['Predict', ['endpoints.predict']],
  ['GetPipelineJob', ['pipelineJobs.get']],
]);
/** Of jobs that read and write through Vertex AI's own agent. */
const BATCH = new Map([
  ['ListBatchPredictionJobs', 'batchPredictionJobs.list'],
  ['CreateBatchPredictionJob', 'batchPredictionJobs.create'],
  ['CancelBatchPredictionJob', 'batchPredictionJobs.cancel'],
]);
/** The one method that each of these files calls. */
const OTHERS = new Map([
  ['functions/google/monitoring.ts', ['ListTimeSeries', 'monitoring.timeSeries.list']],
  ['functions/google/logs.ts', ['ListLogEntries', 'logging.logEntries.list']],
]);

function read(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}

test('the roles hold what the calls need', () => {
  const named = ['vertex.ts', 'vertex-models.ts'].flatMap((file) => [
    ...read(`functions/google/${file}`).matchAll(/(?:calling|orElse)\((?:[^,]*, )?'([A-Z]\w+)'/g),
  ]);
  const calls = [...new Set(named.map(([, call = '']) => call))];
  expect(calls.length).toBeGreaterThan(10);
  expect(calls.filter((call) => !VERTEX.has(call))).toEqual([]);
  const needed = new Set(calls.flatMap((call) => VERTEX.get(call) ?? []).map((name) => `aiplatform.${name}`));
  for (const [file, [method, permission = '']] of OTHERS) {
    const methods = [...read(file).matchAll(/METHOD = '(\w+)'/g)].map(([, name]) => name);
    expect(methods).toEqual([method]);
    needed.add(permission);
  }
  const granted = [
    ...read('terraform/modules/slipway/iam-vertex.tf').matchAll(
      /"((?:aiplatform|logging|monitoring)\.\w+\.\w+)"/g,
    ),
  ].map(([, name]) => name);
  expect(new Set(granted)).toEqual(needed);
});

test('the role holds what the calls of batch prediction need, where a service has it', () => {
  const calls = [...read('functions/google/batch-jobs.ts').matchAll(/calling\('([A-Z]\w+)'/g)].map(
    ([, call = '']) => call,
  );
  expect(new Set(calls)).toEqual(new Set(BATCH.keys()));
  const granted = read('terraform/modules/slipway/batch.tf').matchAll(/"aiplatform\.(\w+\.\w+)"/g);
  expect(new Set([...granted].map(([, name]) => name))).toEqual(new Set(BATCH.values()));
});

test('the role of the console holds what its calls need, none of which changes anything', () => {
  const files = ['plan/snapshot.ts', 'status/report.ts', 'why/report.ts'];
  const calls = files.flatMap((file) => [
    ...read(`cli/commands/${file}`).matchAll(/vertex\.(get|find|list)(\w+)\(/g),
  ]);
  expect(calls.length).toBeGreaterThan(5);
  const needed = calls.map(([, verb = '', noun = '']) => {
    const kind = /Version/.test(noun) ? 'models' : 'endpoints';
    return `aiplatform.${kind}.${verb === 'get' ? 'get' : 'list'}`;
  });
  const granted = [...read('terraform/modules/slipway/console.tf').matchAll(/"(aiplatform\.\w+\.\w+)"/g)];
  expect(new Set(granted.map(([, name]) => name))).toEqual(new Set([...needed, 'aiplatform.models.get']));
});
