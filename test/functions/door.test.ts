/** Every form of a good event comes through the door; what the framework does by itself. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDoor, type Door } from './door.ts';
import { base64, messageForms, objectForms } from './forms.ts';
import { ledgerOf } from './stage.ts';

let door: Door;

beforeAll(async () => {
  door = await openDoor();
});

afterAll(() => door.close());

describe('a good event', () => {
  const request = messageForms({ data: base64('{"service":"churn"}') });
  const object = objectForms({ bucket: 'models', name: 'churn/v1/model.onnx', generation: '1' });
  const notification = messageForms({
    attributes: { eventType: 'OBJECT_FINALIZE', bucketId: 'models', objectId: 'churn/v1/model.onnx' },
  });

  it.each([
    ...[...request].map(([form, sent]) => ['onRequest', form, sent] as const),
    ...[...object].map(([form, sent]) => ['onArtifact', form, sent] as const),
    ...[...notification].map(([form, sent]) => ['onArtifact', `notification, ${form}`, sent] as const),
  ])('%s, %s, is taken in', async (to, _, sent) => {
    const s = door.fresh();
    s.world.objects.put('models', 'churn/v1/model.onnx');
    const answer = await door.send(to, sent);
    expect(answer.status).toBe(204);
    expect(ledgerOf(s.world, 'churn').queue.map((r) => r.marker)).toEqual(['churn/v1/model.onnx']);
    expect(s.world.published).toEqual([{ topic: 'ticks', data: { service: 'churn' } }]);
  });

  it.each([
    ['with a byte order mark', base64('\uFEFF{"service":"churn"}')],
    ['in the alphabet for URLs', Buffer.from('{"service":"churn"}   ').toString('base64url')],
    ['with the same key twice, of which the last counts', base64('{"service":"fraud","service":"churn"}')],
  ])('is taken in %s', async (_, data) => {
    for (const [, sent] of messageForms({ data })) {
      const s = door.fresh();
      s.world.objects.put('models', 'churn/v1/model.onnx');
      await door.send('onRequest', sent);
      expect(ledgerOf(s.world, 'churn').queue).toHaveLength(1);
    }
  });
});

describe("the framework's own behaviour", () => {
  it.each(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'])('%s never reaches a function', async (method) => {
    const s = door.fresh();
    const before = s.world.snapshot();
    const answer = await door.send('onRequest', { method });
    expect(answer.status).toBe(method === 'OPTIONS' ? 200 : 404);
    expect(answer.text).not.toContain('node_modules');
    expect(s.lines).toEqual([]);
    expect(door.printed()).toEqual([]);
    expect(s.world.snapshot()).toEqual(before);
  });

  it('prints what it is asked to deliver again as one line in the form of Cloud Logging, and answers 500', async () => {
    const s = door.fresh();
    s.world.ledgerTexts.set('churn', { text: '{}', generation: '1', updatedAt: 0 });
    s.world.objects.put('models', 'churn/v1/model.onnx');
    const [sent] = objectForms({ bucket: 'models', name: 'churn/v1/model.onnx' }).values();
    const answer = await door.send('onArtifact', sent ?? {});
    expect(answer.status).toBe(500);
    const printed = door.printed();
    expect(printed).toHaveLength(1);
    expect(JSON.parse(printed[0] ?? '')).toMatchObject({ severity: 'WARNING', code: 'LEDGER_UNREADABLE' });
  });
});
