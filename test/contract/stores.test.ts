/**
 * What every store of features does, each asked through its own client: the real server where it is on this machine.
 * A store that cannot be had here is skipped, and its title says why.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFeatureStore } from '../../predictor/features/stores/open.ts';
import type { FeatureStore, Key, View } from '../../predictor/features/stores/store.ts';
import { feast } from '../support/stores/feast.ts';
import { firestore } from '../support/stores/firestore.ts';
import { postgres } from '../support/stores/postgres.ts';
import { sqlite } from '../support/stores/sqlite.ts';
import { vertex } from '../support/stores/vertex.ts';
import { CUSTOMERS, PAIRS, TIME, type Server } from '../support/stores/world.ts';

const FEATURES = ['orders', 'score', 'country', 'vip', 'recent'];
const VIEW: View = {
  name: 'customer',
  table: 'customers',
  key: ['customer_id'],
  features: FEATURES,
  time: 'updated_at',
};
const EVENTS = { replaced: () => {}, notReplaced: () => {} };

/** As Feast and Vertex AI have it: their values bring their own times. */
function viewFor(ownTimes: boolean, name: string): View {
  return name === 'Firestore' || !ownTimes ? VIEW : { ...VIEW, time: null };
}

for (const subject of [sqlite, postgres, firestore, vertex, feast]) {
  const lacks = subject.lacks();
  describe.skipIf(lacks !== null)(`${subject.name}${lacks === null ? '' : ` (skipped: ${lacks})`}`, () => {
    const view = viewFor(subject.ownTimes, subject.name);
    let server: Server;
    let store: FeatureStore;
    beforeAll(async () => {
      server = await subject.start([CUSTOMERS, PAIRS]);
      Object.assign(process.env, server.env);
      store = await openFeatureStore(server.settings, EVENTS);
    }, 60_000);
    afterAll(async () => {
      await store?.close();
      for (const name of Object.keys(server?.env ?? {})) delete process.env[name];
      await server?.stop();
    });

    const get = async (...keys: Key[]) => store.get(view, keys, new AbortController().signal);

    it('answers a multi-get in the order of its keys, also of equal ones and of those it does not have', async () => {
      const rows = await get(['42'], ['nobody'], ['c-1'], ['42']);
      expect(rows.map((row) => (row === null ? null : plain(row.values)))).toEqual([
        [6, 0, 'FR', true, [7]],
        null,
        [3, 0.5, 'DE', true, [1, 2.5]],
        [6, 0, 'FR', true, [7]],
      ]);
    });

    it('has null for a value that is not there, and every number, text and list as it was written', async () => {
      const [empty, odd] = await get(['c-2'], ["o'neil/..,%"]);
      expect(plain(empty?.values ?? [])).toEqual([null, -1e300, '', false, []]);
      expect(plain(odd?.values ?? [])).toEqual([5, 1, '日本 "x"', false, [0]]);
    });

    it('says what time the values are of', async () => {
      const [row] = await get(['c-1']);
      // Feast's server cuts times to seconds.
      const time = row?.times?.[0] ?? row?.time ?? 0;
      expect(Math.floor(time / 1000)).toBe(Math.floor(Date.parse(TIME) / 1000));
    });

    it.each([
      '',
      '.',
      '..',
      '__x__',
      '/',
      'a/b/c',
      '\0',
      '\ud800',
      '{"$ne": null}',
      "' OR '1'='1",
      'x'.repeat(400),
      '/'.repeat(400),
      '日'.repeat(400),
      '😀'.repeat(200),
      'c-1\0',
      'c-1\0x',
      ' c-1',
      'c-1 ',
      'C-1',
      'c-1\n',
      '042',
      '42.0',
    ])('does not have the key %j, and fails no other for it', async (hostile) => {
      const [none, row] = await get([hostile], ['c-1']);
      expect(none).toBeNull();
      expect(row?.values[2]).toBe('DE');
    });

    it('finds a row by a key of two parts', async () => {
      const pairs = { ...view, name: 'pair', table: 'pairs', key: ['shop', 'item'], features: ['price'] };
      const keys = [
        [2, 'a'],
        [1, 'b'],
        [2, 'b'],
      ] as const;
      const rows = await store.get(pairs, keys, new AbortController().signal);
      expect(rows.map((row) => row?.values[0] ?? null)).toEqual([30, 20, null]);
    });

    it.each([
      [1, 'a\0'],
      ['1\0', 'a'],
      ['1.0', 'a'],
      [' 1', 'a'],
      ['1e0', 'a'],
      ['01', 'a'],
      ['+1', 'a'],
      ['0x1', 'a'],
      ['/'.repeat(400), '/'.repeat(400)],
      [2 ** 53 - 1, '日'.repeat(400)],
    ])('does not have the key %j of two parts, and fails no other for it', async (...hostile) => {
      const pairs = { ...view, name: 'pair', table: 'pairs', key: ['shop', 'item'], features: ['price'] };
      const rows = await store.get(pairs, [hostile, [2, 'a']], new AbortController().signal);
      expect(rows.map((row) => row?.values[0] ?? null)).toEqual([null, 30]);
    });

    it.skipIf(subject.name === 'Firestore')(
      'says of a view that is not there that asking again will not help',
      async () => {
        const other = { ...view, name: 'other', table: 'others' };
        const asked = (async () => store.get(other, [['c-1']], new AbortController().signal))();
        await expect(asked).rejects.toMatchObject({ name: 'StoreError', isLasting: true });
      },
    );
  });
}

/** As the predictor reads values: stores have types of their own for some. */
function plain(values: readonly unknown[]): unknown[] {
  return values.map((value, i) => {
    const name = FEATURES[i];
    if (value === undefined || value === null) return null;
    if (name === 'vip') return value === 1 || value === true;
    if (name === 'recent') return typeof value === 'string' ? JSON.parse(value) : value;
    return name === 'country' ? value : Number(value);
  });
}
