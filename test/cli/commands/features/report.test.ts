/** `slipway features`: what the live model's server says that it would see. */
import { describe, expect, it } from 'vitest';
import { instanceOf } from '../../../../cli/commands/features/key-instance.ts';
import { seenFeatures, seenText } from '../../../../cli/commands/features/report.ts';
import type { Session } from '../../../../cli/session.ts';
import { isReportRequest, REPORT_PARAMETER, reportKey } from '../../../../common/artifact/feature-report.ts';
import { property } from '../../../../common/artifact/values.ts';
import { parseConfig } from '../../../../functions/config/config.ts';
import type { Predictions, World } from '../../../../functions/world.ts';
import { withService } from '../../../functions/config/samples.ts';
import { memoryWorld } from '../../../support/memory-world.ts';
import { ENDPOINT, ledgerWith, liveOf } from '../../../support/samples.ts';

const SEED = 'cd'.repeat(32);
const config = parseConfig(
  withService(`    interface: { request: { id: { type: integer }, shop: { type: string } }, response: { y: { type: number } } }
    features: { store: { kind: firestore }, views: { customer: { key: [id] } } }`),
);

function sessionWith(predict: Predictions['predict'], reportSeed: string | null = SEED): Session {
  const memory = memoryWorld();
  const ledger = ledgerWith({ endpoint: ENDPOINT, live: liveOf(0), ...(reportSeed && { reportSeed }) });
  memory.ledgerTexts.set('churn', { text: JSON.stringify(ledger), generation: '1', updatedAt: 0 });
  const world: World = { ...memory, vertex: Object.assign(Object.create(memory.vertex), { predict }) };
  const uploads = { create: () => Promise.resolve(null) };
  return { config, world, uploads, env: {}, versionDetails: () => Promise.resolve(null) };
}

const service = config.services.get('churn');
if (service === undefined) throw new Error('no service');

const shops = parseConfig(
  withService(`    interface: { request: { customer: { type: string }, shop: { type: integer } }, response: { y: { type: number } } }
    features: { store: { kind: firestore }, views: { customer: { key: [customer] } } }`),
).services.get('churn');
if (shops === undefined) throw new Error('no service');

const answering: Predictions['predict'] = (_, instances, parameters) => {
  const asked = property(parameters, REPORT_PARAMETER);
  const isSigned = isReportRequest(asked, instances, reportKey(SEED), Number(property(asked, 'at')));
  const rows = instances.map(() => ({ values: [3, null], agesMs: [61_000, null], from: 'sn' }));
  const report = { features: ['customer.orders', 'customer.country'], rows };
  return Promise.resolve({ deployedModel: '7', predictions: [isSigned ? report : 0] });
};

describe('slipway features', () => {
  it('shows value, age and origin, for a key by name or alone', async () => {
    for (const key of ['id=5', '5']) {
      const seen = await seenFeatures(sessionWith(answering), service, [key]);
      expect(seen).toEqual({
        service: 'churn',
        deployedModel: '7',
        rows: [
          {
            instance: { id: 5, shop: '' },
            features: [
              { feature: 'customer.orders', value: 3, ageSeconds: 61, from: 'store' },
              { feature: 'customer.country', value: null, ageSeconds: null, from: 'nothing' },
            ],
          },
        ],
      });
      expect(seenText(seen, { paint: (_, text) => text, bars: false, now: 0 })).toEqual([
        'churn, deployed model 7',
        '{"id":5,"shop":""}',
        '  customer.orders   3  store, 61 s old',
        '  customer.country  null  nothing',
      ]);
    }
  });

  it.each<[key: string, instance: object]>([
    ['customer=c-1,x,y=2', { customer: 'c-1,x,y=2', shop: 0 }],
    ['customer=a=b,shop=3', { customer: 'a=b', shop: 3 }],
    ['a, b', { customer: 'a, b', shop: 0 }],
    ['customer=', { customer: '', shop: 0 }],
    ['shop=3,customer=a,', { shop: 3, customer: 'a,' }],
    ['{"customer": "a,shop=3"}', { customer: 'a,shop=3', shop: 0 }],
    ['{', { customer: '{', shop: 0 }],
    ['customer={}', { customer: '{}', shop: 0 }],
  ])('--key %s', (key, instance) => {
    expect(instanceOf(shops, key)).toEqual(instance);
  });

  it.each<[key: string, words: string]>([
    ['{"user": "a"}', 'expected fields of the request, got "user"'],
    ['{"customer": 5}', 'expected customer to be of type string, got 5'],
    ['{"shop": 5}', 'expected customer as well'],
  ])('--key %s is refused', (key, words) => {
    expect(() => instanceOf(shops, key)).toThrow(words);
  });

  it.each<[string, Session, string[], string]>([
    [
      'a key of another type',
      sessionWith(answering),
      ['five'],
      'expected id to be of type integer, got five',
    ],
    ['a field that is none', sessionWith(answering), ['user=5'], 'expected FIELD=VALUE of id, got user=5'],
    [
      'no key and no golden rows',
      sessionWith(answering),
      [],
      'name a key by --key, since the artifact has no golden',
    ],
    ['a model without a key', sessionWith(answering, null), ['5'], 'release it again'],
    [
      'an older image',
      sessionWith(() => Promise.resolve({ deployedModel: '7', predictions: [0.5] })),
      ['5'],
      'answers no report',
    ],
  ])('says what to do: %s', async (_, session, keys, words) => {
    await expect(seenFeatures(session, service, keys)).rejects.toThrow(words);
  });
});
