import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDoor, type Door } from '../../support/door.ts';
import { base64, pushed, pushOf } from '../../support/pushes.ts';
import { observe, refusal, SECRET } from './observe.ts';

let door: Door;

beforeAll(async () => {
  door = await openDoor();
});

afterAll(() => door.close());

describe('onRequest, what the message says', () => {
  const ELSEWHERE = 'ARTIFACT_ELSEWHERE';

  it.each<[string, string, string?]>([
    ['no JSON', SECRET, 'MESSAGE_NOT_JSON'],
    ['cut JSON', '{"service":"churn"', 'MESSAGE_NOT_JSON'],
    ['null', 'null', 'MESSAGE_NOT_JSON'],
    ['an array', '[{"service":"churn"}]', 'MESSAGE_NOT_JSON'],
    ['a number', '1e400', 'MESSAGE_NOT_JSON'],
    ['a text', `"${SECRET}"`, 'MESSAGE_NOT_JSON'],
    ['60,000 deep', '['.repeat(24_000) + ']'.repeat(24_000), 'MESSAGE_NOT_JSON'],
    ['an object 8,000 deep', `{"service":${'{"a":'.repeat(8_000)}1${'}'.repeat(8_000)}}`],
    ['nothing', '{}'],
    ['a service that is a number', '{"service":5}'],
    ['a service that is null', '{"service":null}'],
    ['a service that is an array', '{"service":["churn"]}'],
    ['a service that is an object', '{"service":{"name":"churn"}}'],
    ['an empty service', '{"service":""}'],
    ['a service of 40 KB', `{"service":"${'x'.repeat(40_000)}"}`],
    ['an unknown service', `{"service":"${SECRET}"}`, 'SERVICE_UNKNOWN'],
    ['the service __proto__', '{"service":"__proto__"}', 'SERVICE_UNKNOWN'],
    ['the service constructor', '{"service":"constructor"}', 'SERVICE_UNKNOWN'],
    ['the service CHURN', '{"service":"CHURN"}', 'SERVICE_UNKNOWN'],
    ['the service ../fraud', '{"service":"../fraud"}', 'SERVICE_UNKNOWN'],
    ['an unknown field', `{"service":"churn","imagee":"${SECRET}"}`],
    ['an unknown field of 40 KB', `{"service":"churn","${'x'.repeat(40_000)}":1}`],
    ['5,000 unknown fields', `{${Array.from({ length: 5_000 }, (_, i) => `"f${i}":1`).join(',')}}`],
    ['an image', `{"service":"churn","image":"${SECRET}"}`],
    ['__proto__', '{"__proto__":{"service":"churn"}}'],
    ['an older schema', '{"schema":0,"service":"churn"}'],
    ['a newer schema', '{"schema":2,"service":"churn"}'],
    [
      'a service and a pipeline job',
      '{"service":"churn","pipelineJob":"projects/p/locations/r/pipelineJobs/j"}',
    ],
    ['a service without any artifact', '{"service":"churn"}', 'ARTIFACT_NOT_FOUND'],
    ['an artifact that is a number', '{"service":"churn","artifact":5}'],
    ['an http artifact', '{"service":"churn","artifact":"http://models/churn/v1"}'],
    ['a file', '{"service":"churn","artifact":"file:///etc/passwd"}'],
    ['a data URI', '{"service":"churn","artifact":"data:,x"}'],
    ['an artifact URI of 2 KB', `{"service":"churn","artifact":"gs://models/churn/${'x'.repeat(2_000)}"}`],
    ['an artifact in another bucket', '{"service":"churn","artifact":"gs://other/churn/v1"}', ELSEWHERE],
    ['an artifact of another service', '{"service":"churn","artifact":"gs://models/fraud/a/v1"}', ELSEWHERE],
    ['an artifact too deep', '{"service":"churn","artifact":"gs://models/churn/a/b/c"}', ELSEWHERE],
    ['the folder of all artifacts', '{"service":"churn","artifact":"gs://models/churn"}', ELSEWHERE],
    [
      'a file beside the marker',
      '{"service":"churn","artifact":"gs://models/churn/v1/weights.bin"}',
      ELSEWHERE,
    ],
    ['a way up', '{"service":"churn","artifact":"gs://models/churn/../model.onnx"}', ELSEWHERE],
    ['credentials', '{"service":"churn","artifact":"gs://models@evil/churn/v1"}', ELSEWHERE],
    ['an empty folder name', '{"service":"churn","artifact":"gs://models/churn//model.onnx"}', ELSEWHERE],
    [
      'an artifact that is not there',
      '{"service":"churn","artifact":"gs://models/churn/v9"}',
      'ARTIFACT_NOT_FOUND',
    ],
    ['a fragment', '{"service":"churn","artifact":"gs://models/churn/v1#1"}', 'ARTIFACT_NOT_FOUND'],
    ['an empty requestId', '{"service":"churn","requestId":""}'],
    ['a requestId with a line break', '{"service":"churn","requestId":"a\\nb"}'],
    ['a pipeline job that is a number', '{"pipelineJob":5}'],
    ['a pipeline job that is none', '{"pipelineJob":"projects/p/locations/us-central1/models/1"}'],
    ['a pipeline job with a query', '{"pipelineJob":"projects/p/locations/us-central1/pipelineJobs/1?a=b"}'],
    ['a pipeline job with a way up', '{"pipelineJob":"projects/../locations/us-central1/pipelineJobs/1"}'],
    [
      'a job of another project',
      '{"pipelineJob":"projects/other/locations/us-central1/pipelineJobs/1"}',
      'PIPELINE_NOT_FOUND',
    ],
    [
      'a job of another region',
      '{"pipelineJob":"projects/test-project/locations/europe-west4/pipelineJobs/1"}',
      'PIPELINE_NOT_FOUND',
    ],
    [
      'a job that is not there',
      '{"pipelineJob":"projects/test-project/locations/us-central1/pipelineJobs/1"}',
      'PIPELINE_NOT_FOUND',
    ],
  ])('%s', async (_, text, code = 'MESSAGE_INVALID') => {
    expect(await observe(door, 'onRequest', pushOf({ data: base64(text) }))).toEqual(refusal(code));
  });

  it('a message from the future, which would stay the newest for years', async () => {
    const message = {
      data: base64('{"service":"churn"}'),
      messageId: '1',
      publishTime: '2099-01-01T00:00:00Z',
    };
    expect(await observe(door, 'onRequest', pushed({ message, subscription: 's' }))).toEqual(
      refusal('EVENT_UNREADABLE'),
    );
  });
});

describe('onTick, what the message says', () => {
  it.each<[string, string, string?]>([
    ['no JSON', SECRET, 'MESSAGE_NOT_JSON'],
    ['nothing', '{}'],
    ['no sweep', '{"sweep":false}'],
    ['a service and no sweep', '{"sweep":false,"service":"churn"}'],
    ['a service that is a number', '{"service":5}'],
    ['an unknown service', `{"service":"${SECRET}"}`, 'SERVICE_UNKNOWN'],
    ['the service __proto__', '{"service":"__proto__"}', 'SERVICE_UNKNOWN'],
  ])('%s', async (_, text, code = 'MESSAGE_INVALID') => {
    expect(await observe(door, 'onTick', pushOf({ data: base64(text) }))).toEqual(refusal(code));
  });
});
