import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDoor, type Door } from '../../support/door.ts';
import { notificationOf, pushOf } from '../../support/pushes.ts';
import { observe, refusal, SECRET } from './observe.ts';

let door: Door;

beforeAll(async () => {
  door = await openDoor();
});

afterAll(() => door.close());

describe('onArtifact, the object', () => {
  it.each<[string, object]>([
    ['without anything', {}],
    ['without a bucket', { name: 'churn/v1/model.onnx' }],
    ['without a name', { bucket: 'models' }],
    ['with an empty name', { bucket: 'models', name: '' }],
    ['with a name that is a number', { bucket: 'models', name: 5 }],
    ['with a name of 1,025 characters', { bucket: 'models', name: 'x'.repeat(1_025) }],
    ['with a bucket that is an array', { bucket: ['models'], name: 'churn/v1/model.onnx' }],
    ['with generation 0', { bucket: 'models', name: 'churn/v1/model.onnx', generation: '0' }],
    ['with a negative generation', { bucket: 'models', name: 'churn/v1/model.onnx', generation: '-1' }],
    [
      'with a generation that is a number',
      { bucket: 'models', name: 'churn/v1/model.onnx', generation: 1.7e15 },
    ],
    [
      'with a generation beyond int64',
      { bucket: 'models', name: 'churn/v1/model.onnx', generation: '1'.repeat(20) },
    ],
    [
      'with a generation in other digits',
      { bucket: 'models', name: 'churn/v1/model.onnx', generation: '١٢٣' },
    ],
  ])('%s', async (_, object) => {
    expect(await observe(door, 'onArtifact', notificationOf(object))).toEqual(refusal('EVENT_UNREADABLE'));
  });

  it.each<[string, string, string]>([
    ['of another bucket', 'other', 'churn/v1/model.onnx'],
    ['that is the ledger itself', 'test-state', 'ledgers/churn.json'],
    ['in a folder of no service', 'models', 'else/v1/model.onnx'],
    ['that is not the marker', 'models', 'churn/v1/weights.bin'],
    ['that is a folder', 'models', 'churn/v1/'],
    ['that is a folder with the name of the marker', 'models', 'churn/v1/model.onnx/'],
    ['with a way up', 'models', 'churn/../model.onnx'],
    ['with a way up that leads back', 'models', 'churn/v1/../v1/model.onnx'],
    ['with an empty segment', 'models', 'churn//model.onnx'],
    ['with a leading slash', 'models', '/churn/v1/model.onnx'],
    ['with backslashes', 'models', 'churn\\v1\\model.onnx'],
    ['with a trailing space', 'models', 'churn/v1/model.onnx '],
    ['with a trailing dot', 'models', 'churn/v1/model.onnx.'],
    ['in capitals', 'models', 'CHURN/v1/MODEL.ONNX'],
    ['with NUL', 'models', 'churn/v1\u0000/model.onnx'],
    ['with a line break', 'models', 'churn/v1\r\n{"severity":"ERROR"}/model.onnx'],
    ['with an escape sequence', 'models', 'churn/\u001b[2J/model.onnx'],
    ['that reads backwards', 'models', 'churn/\u202Exnno/model.onnx'],
    ['in the folder of what was rejected', 'models', 'rejected/churn/v1/model.onnx'],
  ])('%s is no artifact', async (_, bucket, name) => {
    const sent = notificationOf({ bucket, name, generation: '1' });
    expect(await observe(door, 'onArtifact', sent)).toEqual(refusal(null));
  });

  it.each([
    ['a plain one', 'v1'],
    ['%2e%2e%2f', '%2e%2e%2f'],
    ['__proto__', '__proto__'],
    ['constructor', 'constructor'],
    ['emoji', '🚢'],
    ['as long as a name can be', 'x'.repeat(1_024 - 'churn//model.onnx'.length)],
  ])('that is gone, in the folder %s', async (_, folder) => {
    const sent = notificationOf({ bucket: 'models', name: `churn/${folder}/model.onnx` });
    expect(await observe(door, 'onArtifact', sent)).toEqual(refusal('ARTIFACT_NOT_FOUND'));
  });

  it.each<[string, Record<string, string>, string | null]>([
    [
      'of a deletion',
      { eventType: 'OBJECT_DELETE', bucketId: 'models', objectId: 'churn/v1/model.onnx' },
      null,
    ],
    ['of changed metadata', { eventType: 'OBJECT_METADATA_UPDATE' }, null],
    ['without an event type', { bucketId: 'models', objectId: 'churn/v1/model.onnx' }, 'EVENT_UNREADABLE'],
    ['without an object', { eventType: 'OBJECT_FINALIZE', bucketId: 'models' }, 'EVENT_UNREADABLE'],
    [
      'without a bucket',
      { eventType: 'OBJECT_FINALIZE', objectId: 'churn/v1/model.onnx' },
      'EVENT_UNREADABLE',
    ],
    [
      'of generation abc',
      {
        eventType: 'OBJECT_FINALIZE',
        bucketId: 'models',
        objectId: 'churn/v1/model.onnx',
        objectGeneration: 'abc',
      },
      'EVENT_UNREADABLE',
    ],
    ['of no service', { eventType: 'OBJECT_FINALIZE', bucketId: 'models', objectId: SECRET }, null],
  ])('a notification %s', async (_, attributes, code) => {
    expect(await observe(door, 'onArtifact', pushOf({ attributes }))).toEqual(refusal(code));
  });
});
