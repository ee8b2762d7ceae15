/** `batch.publish` of slipway.yaml: what it means, and every refusal with both fields in its sentence. */
import { expect, it } from 'vitest';
import { ConfigError, parseConfig } from '../../../functions/config/config.ts';
import { withService } from './samples.ts';

const FACE =
  '    interface: { request: { id: { type: string }, score: { type: number, default: 0 } }, response: { y: { type: number } } }';
const yamlOf = (batch: string, more = FACE) => withService(`${more}\n    batch: { ${batch} }`);

const viewOf = (view: string, store = 'kind: firestore') =>
  `    features: { store: { ${store} }, views: { ${view} } }`;

function problems(yaml: string): readonly string[] {
  try {
    parseConfig(yaml);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

it('has defaults', () => {
  const config = parseConfig(yamlOf('outputs: gs://out/, publish: { key: [id] }'));
  expect(config.services.get('churn')?.batch?.publish).toEqual({
    key: ['id'],
    answers: 'fresh',
    maxAgeMs: 86_400_000,
    refreshMs: 60_000,
  });
});

it.each([
  [
    'a view that is not there',
    yamlOf(
      'outputs: gs://out/, publish: { key: [id], view: scores }',
      `${FACE}\n${viewOf('scores: { key: [id] }').replace('scores', 'others')}`,
    ),
    'services.churn.batch.publish.view: expected a view of services.churn.features.views, got "scores"',
  ],
  [
    'a view by another key',
    yamlOf(
      'outputs: gs://out/, publish: { key: [id], view: scores }',
      `${FACE.replace('id:', 'other: { type: string, default: x }, id:')}\n${viewOf('scores: { key: [other], table: "scores_{version}" }')}`,
    ),
    'services.churn.batch.publish.view: expected a view whose key is that of services.churn.batch.publish.key, got the key other',
  ],
  [
    'a view without a version',
    yamlOf(
      'outputs: gs://out/, publish: { key: [id], view: scores }',
      `${FACE}\n${viewOf('scores: { key: [id] }')}`,
    ),
    'services.churn.batch.publish.view: expected {version} in services.churn.features.views.scores.table: each batch has a table of its own',
  ],
  [
    'a view of a store that loads itself',
    yamlOf(
      'outputs: gs://out/, publish: { key: [id], view: scores }',
      `${FACE}\n${viewOf('scores: { key: [id], table: "scores_{version}" }', 'kind: feast, url: "https://feast.example.com"')}`,
    ),
    'services.churn.batch.publish.view: expected none, since a store of kind feast loads its views itself',
  ],
  [
    'without an interface',
    yamlOf('outputs: gs://out/, publish: { key: [id] }', ''),
    'services.churn.batch.publish: expected services.churn.interface beside it, whose request has the key',
  ],
  [
    'a key that is no field',
    yamlOf('outputs: gs://out/, publish: { key: [user] }'),
    'services.churn.batch.publish.key: expected fields of interface.request, got "user"',
  ],
  [
    'a key that is a number with decimals',
    yamlOf('outputs: gs://out/, publish: { key: [score] }'),
    'services.churn.batch.publish.key: expected fields of type string, integer or boolean, and interface.request.score is a number',
  ],
  [
    'a field that every request has beside the key',
    yamlOf('outputs: gs://out/, publish: { key: [id] }', FACE.replace(', default: 0', '')),
    'services.churn.batch.publish.key: expected score in it, or services.churn.interface.request.score to be optional: a request with more than the key is computed',
  ],
  [
    'tables',
    yamlOf('outputs: bq://my-project.results, publish: { key: [id] }'),
    'services.churn.batch.publish: expected services.churn.batch.outputs in Cloud Storage; the predictor reads files',
  ],
  [
    'results in CSV',
    yamlOf('outputs: gs://out/, format: csv, publish: { key: [id] }'),
    'services.churn.batch.publish: expected services.churn.batch.format jsonl; the predictor reads JSON lines',
  ],
  [
    'results without their rows',
    yamlOf('outputs: gs://out/, key: id, publish: { key: [id] }'),
    'services.churn.batch.publish: expected no services.churn.batch.key, which takes the row out of its result',
  ],
  [
    'inputs in CSV',
    yamlOf('inputs: "gs://in/*.csv", outputs: gs://out/, publish: { key: [id] }'),
    'services.churn.batch.publish: expected services.churn.batch.inputs of JSON lines or tables; rows of CSV have no names',
  ],
  [
    'an age where nothing is too old',
    yamlOf('outputs: gs://out/, publish: { key: [id], answers: stored, maxAge: 1h }'),
    'services.churn.batch.publish.maxAge: expected none, since services.churn.batch.publish.answers is stored',
  ],
  [
    'a comparison with what is stored',
    yamlOf(
      'outputs: gs://out/, publish: { key: [id] }',
      `${FACE}\n    rollout: { strategy: canary, steps: [{ traffic: 10, bake: 5m }], gates: { comparison: { maxDifference: 1 } } }`,
    ),
    'services.churn.batch.publish.answers: expected computed beside services.churn.rollout.gates.comparison, which would compare what is stored with what the candidate computes',
  ],
  [
    'a response field of the same name as the origin',
    yamlOf('outputs: gs://out/, publish: { key: [id] }', FACE.replace('y:', 'source:')),
    'services.churn.interface.response.source: expected another name beside services.churn.batch.publish, which says by it where a prediction is from',
  ],
])('refuses %s', (_, yaml, problem) => {
  expect(problems(yaml)).toContain(problem);
});
