/** A push comes through the door; what the function answers to what is none; what the framework does by itself. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDoor, type Door } from '../support/door.ts';
import { base64, notificationOf, pushOf } from '../support/pushes.ts';
import { ledgerOf } from '../../support/test-app.ts';

let door: Door;

beforeAll(async () => {
  door = await openDoor();
});

afterAll(() => door.close());

describe('a push', () => {
  const request = pushOf({ data: base64('{"service":"churn"}') });
  const notification = notificationOf({ bucket: 'models', name: 'churn/v1/model.onnx', generation: '1' });

  it.each([
    ['onRequest', 'of a request', request],
    ['onArtifact', 'of a notification', notification],
    // Terraform pushes to the address itself; a subscription of another age may name its topic behind it.
    ['onRequest', 'to a path', { ...request, path: '/projects/p/topics/t' }],
  ] as const)('%s, %s, is taken in', async (to, _, sent) => {
    const s = door.fresh();
    s.world.objects.put('models', 'churn/v1/model.onnx');
    const answer = await door.send(to, sent);
    expect(answer).toEqual({ status: 204, text: '' });
    expect(ledgerOf(s.world, 'churn').queue.map((r) => r.marker)).toEqual(['churn/v1/model.onnx']);
    expect(s.world.published).toEqual([{ topic: 'ticks', data: { service: 'churn' } }]);
  });

  it.each([
    ['with a byte order mark', base64('\uFEFF{"service":"churn"}')],
    ['in the alphabet for URLs', Buffer.from('{"service":"churn"}   ').toString('base64url')],
    ['with the same key twice, of which the last counts', base64('{"service":"fraud","service":"churn"}')],
  ])('is taken in %s', async (_, data) => {
    const s = door.fresh();
    s.world.objects.put('models', 'churn/v1/model.onnx');
    await door.send('onRequest', pushOf({ data }));
    expect(ledgerOf(s.world, 'churn').queue).toHaveLength(1);
  });

  it('that is to be delivered again is one warning, and answered with 500', async () => {
    const s = door.fresh();
    s.world.ledgerTexts.set('churn', { text: '{}', generation: '1', updatedAt: 0 });
    s.world.objects.put('models', 'churn/v1/model.onnx');
    const answer = await door.send('onArtifact', notification);
    expect(answer.status).toBe(500);
    const { level, message, fields } = s.lines.at(-1) ?? {};
    expect({ level, message }).toEqual({ level: 'warn', message: 'event will be redelivered' });
    expect(fields).toMatchObject({ code: 'LEDGER_UNREADABLE', delivery: expect.any(String) });
    expect(fields?.['why']).toEqual(expect.any(String));
    expect(door.printed()).toEqual([]);
  });
});

it.each(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'])('%s is no push', async (method) => {
  const s = door.fresh();
  const before = s.world.snapshot();
  const answer = await door.send('onRequest', { method });
  expect(answer.status).toBe(405);
  expect(answer.text).not.toContain('node_modules');
  expect(s.lines).toEqual([]);
  expect(door.printed()).toEqual([]);
  expect(s.world.snapshot()).toEqual(before);
});
