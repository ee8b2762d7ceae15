/** Rows into Google's Firestore emulator: all of them or none that a model reads, whatever happens in the middle. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { firestoreWriter } from '../../../../cli/commands/features/write-firestore.ts';
import { columnsOf, type Table } from '../../../../cli/commands/features/table.ts';
import { openFeatureStore } from '../../../../predictor/features/stores/open.ts';
import type { FeatureStore } from '../../../../predictor/features/stores/store.ts';
import { firestore, startFirestore, type FirestoreServer } from '../../../support/stores/firestore.ts';

const SETTINGS = { kind: 'firestore', project: 'p1', database: '(default)' } as const;
const AT = '2026-11-20T10:30:00.250Z';
const COLUMNS = {
  view: { key: ['id'], table: 'customer', time: 'at' },
  declared: null,
  request: { id: { type: 'string' } },
} as const;
const EVENTS = { replaced: () => {}, notReplaced: () => {} };
/** A document has less than a mebibyte. */
const TOO_LARGE = 'x'.repeat(1_100_000);

function tableOf(count: number, country: (i: number) => string = (i) => `country ${i}`): Table {
  const rows = Array.from({ length: count }, (_, i) => [`c/${i}`, AT, country(i), [i, 0.5]]);
  return { columns: ['id', 'at', 'country', 'recent'], rows };
}

const lacks = firestore.lacks();
describe.skipIf(lacks !== null)(`Firestore${lacks === null ? '' : ` (skipped: ${lacks})`}`, () => {
  let server: FirestoreServer;
  let store: FeatureStore;
  const write = (table: string, rows: Table, progress: (written: number) => void = () => {}) =>
    firestoreWriter(SETTINGS)(
      { table, key: ['id'], time: 'at', columns: columnsOf(rows, COLUMNS), isNew: false, drops: [] },
      rows.rows,
      progress,
    );
  const read = async (table: string, ...keys: string[]) => {
    const view = { name: 'customer', table, key: ['id'], features: ['country', 'recent'], time: 'at' };
    const rows = await store.get(view, keys.map((key) => [key]), new AbortController().signal); // prettier-ignore
    return rows.map((row) => row && [...row.values, row.time]);
  };
  beforeAll(async () => {
    server = await startFirestore();
    Object.assign(process.env, { FIRESTORE_EMULATOR_HOST: server.host, METADATA_SERVER_DETECTION: 'none' });
    store = await openFeatureStore(SETTINGS, EVENTS);
  }, 60_000);
  afterAll(async () => {
    await store?.close();
    delete process.env['FIRESTORE_EMULATOR_HOST'];
    delete process.env['METADATA_SERVER_DETECTION'];
    await server?.stop();
  });

  it('takes a new version of any size, which the predictor then reads, and says how far it is', async () => {
    const told: number[] = [];
    const where = await write('new_v1', tableOf(1100), (written) => told.push(written));
    expect(where).toBe('collection new_v1 of p1/(default)');
    expect(told).toEqual([500, 1000, 1100]);
    expect(await read('new_v1', 'c/0', 'c/1099', 'nobody')).toEqual([
      ['country 0', [0, 0.5], Date.parse(AT)],
      ['country 1099', [1099, 0.5], Date.parse(AT)],
      null,
    ]);
    await expect(write('new_v1', tableOf(501))).rejects.toThrow('new_v1 is read already: load a new version');
  });

  it('takes up to 500 rows into a collection that is read, all or nothing', async () => {
    await write('small', tableOf(3));
    const refused = write(
      'small',
      tableOf(5, (i) => (i === 4 ? TOO_LARGE : 'changed')),
    );
    await expect(refused).rejects.toThrow(/^Firestore refuses the rows, and took none/);
    expect(await read('small', 'c/0', 'c/3')).toEqual([['country 0', [0, 0.5], Date.parse(AT)], null]);
    await write(
      'small',
      tableOf(2, () => 'changed'),
    );
    expect((await read('small', 'c/1', 'c/2')).map((row) => row?.[0])).toEqual(['changed', 'country 2']);
  });

  it('says of a version that failed in the middle that it is not whole, and begins it again', async () => {
    const failed = write(
      'broken_v1',
      tableOf(1100, (i) => (i === 700 ? TOO_LARGE : 'old')),
    );
    await expect(failed).rejects.toThrow('broken_v1 is not whole, and no model may read it; load it again');
    expect((await read('broken_v1', 'c/0'))[0]?.[0]).toBe('old');
    await write(
      'broken_v1',
      tableOf(600, (i) => `new ${i}`),
    );
    // What only the file before had is gone.
    const rows = await read('broken_v1', 'c/0', 'c/599', 'c/600', 'c/1099');
    expect(rows.map((row) => row?.[0] ?? null)).toEqual(['new 0', 'new 599', null, null]);
    await expect(write('broken_v1', tableOf(501))).rejects.toThrow('is read already');
  });

  it('begins a version again also with fewer rows than one commit has', async () => {
    const failed = write(
      'broken_v2',
      tableOf(501, (i) => (i === 500 ? TOO_LARGE : 'old')),
    );
    await expect(failed).rejects.toThrow('is not whole');
    await write('broken_v2', tableOf(1));
    expect((await read('broken_v2', 'c/0', 'c/1')).map((row) => row?.[0] ?? null)).toEqual([
      'country 0',
      null,
    ]);
  });
});
