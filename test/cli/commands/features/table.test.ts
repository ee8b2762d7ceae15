/** Files of feature rows: read whole, and refused with the first row that is wrong. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseCsv } from '../../../../cli/commands/features/csv.ts';
import { columnsOf, readTable, type Columns, type Table } from '../../../../cli/commands/features/table.ts';
import type { Cell } from '../../../../cli/commands/features/target.ts';
import { writeRows } from '../../../../cli/commands/features/write-sqlite.ts';

const folder = mkdtempSync(join(tmpdir(), 'features-'));
afterAll(() => rmSync(folder, { recursive: true }));

const COLUMNS: Columns = {
  view: { key: ['id'], table: 'customer', time: 'at' },
  declared: new Map([
    ['orders', 'integer'],
    ['country', 'string'],
    ['vector', 'number'],
  ]),
  request: { id: { type: 'string' } },
};

function read(name: string, text: string, columns = COLUMNS) {
  const path = join(folder, name);
  writeFileSync(path, text);
  return readTable(path, columns);
}

const row = (change: object) => JSON.stringify({ id: 'c-1', at: '2026-11-27T00:00:00Z', ...change });

describe('a file', () => {
  it('of JSON Lines keeps the types of its values', async () => {
    const text = [row({ orders: 3, vector: [1, 2] }), row({ id: 'c-2', country: null }), ''].join('\n');
    await expect(read('a.jsonl', text)).resolves.toEqual({
      columns: ['id', 'at', 'orders', 'vector', 'country'],
      rows: [
        ['c-1', '2026-11-27T00:00:00Z', 3, [1, 2], null],
        ['c-2', '2026-11-27T00:00:00Z', null, null, null],
      ],
    });
  });

  it('of CSV takes the types of slipway.yaml, and an empty cell for a missing value', async () => {
    const text = 'id,at,orders,country\r\n007,2026-11-27,3,"a, ""b"""\r\nc-2,1790000000,,\r\n';
    await expect(read('a.csv', text)).resolves.toEqual({
      columns: ['id', 'at', 'orders', 'country'],
      rows: [
        ['007', '2026-11-27', 3, 'a, "b"'],
        ['c-2', 1_790_000_000, null, null],
      ],
    });
  });

  it.each<[string, string, string]>([
    ['a.jsonl', '{', 'line 1: expected JSON, one object a line'],
    ['a.jsonl', '[1]', 'line 1: expected an object'],
    ['a.jsonl', '', 'expected rows, got none'],
    ['a.jsonl', '{"id": "c-1"}', 'expected the columns at'],
    ['a.jsonl', row({ visits: 1 }), 'the view has no feature visits in slipway.yaml'],
    ['a.jsonl', row({ orders: 1.5 }), 'row 1: expected orders to be of type integer'],
    ['a.jsonl', `${row({})}\n${row({})}`, 'row 2: the key ["c-1"] is there twice'],
    ['a.jsonl', row({ id: null }), 'row 1: expected id to be of type string'],
    ['a.jsonl', row({ country: { a: 1 } }), 'row 1, country: expected a value or a list'],
    ['a.csv', 'id,at\nc-1', 'row 1: expected 2 cells, got 1'],
    ['a.csv', 'id,at,orders\nc-1,x,many', 'row 1: expected orders to be of type integer'],
    ['a.csv', 'id,at\n"c-1,x', 'CSV line 2: a quote is not in its place'],
  ])('%s with %j is refused', async (name, text, words) => {
    await expect(read(name, text)).rejects.toThrow(words);
  });

  it('that is not there is refused', async () => {
    await expect(readTable(join(folder, 'none'), COLUMNS)).rejects.toThrow('expected a file');
  });
});

it('CSV ends a cell at the end of the file, also an empty one', () => {
  expect(parseCsv('\uFEFFa,b\n1,')).toEqual([
    ['a', 'b'],
    ['1', ''],
  ]);
});

describe('a SQLite file', () => {
  const path = join(folder, 'features.sqlite');
  const write = (table: Table, progress: (written: number) => void, key = ['id']) =>
    writeRows(
      path,
      {
        table: 'customer',
        key,
        time: null,
        columns: columnsOf(table, { ...COLUMNS, declared: null }),
        isNew: false,
        drops: [],
      },
      table.rows,
      progress,
    );
  const rowsOf = () => {
    const database = new DatabaseSync(path, { readOnly: true });
    const found = database.prepare('SELECT * FROM customer ORDER BY id').all();
    database.close();
    return found.map((one) => ({ ...one }));
  };

  it('gets the table, further rows and columns, and keeps what it has where one row is wrong', async () => {
    const progress: number[] = [];
    const tell = (count: number) => progress.push(count);
    await write(
      {
        columns: ['id', 'orders'],
        rows: [
          ['a', 1],
          ['b', 2],
        ],
      },
      tell,
    );
    await write(
      {
        columns: ['id', 'ok'],
        rows: [
          ['b', true],
          ['c', false],
        ],
      },
      tell,
    );
    expect(rowsOf()).toEqual([
      { id: 'a', orders: 1, ok: null },
      { id: 'b', orders: 2, ok: 1 },
      { id: 'c', orders: null, ok: 0 },
    ]);
    const before = rowsOf();
    const wrong = {
      columns: ['id', 'orders'],
      rows: [
        ['d', 4],
        [null, 5],
      ],
    };
    await expect(write(wrong, tell, ['orders'])).rejects.toThrow('and nothing was');
    expect(rowsOf()).toEqual(before);
  });

  it('keeps values of later loads as they are, whatever those of the first were', async () => {
    const load = (id: string, zip: Cell, vector: Cell = null) =>
      write({ columns: ['id', 'zip', 'vector'], rows: [[id, zip, vector]] }, () => {});
    for (const [id, zip] of [
      ['a', null],
      ['b', 7],
      ['c', '007'],
      ['d', 1.5],
      ['e', true],
    ] as const)
      // prettier-ignore
      await load(`zip-${id}`, zip);
    await load('zip-f', '1e3', [1, 2]);
    const found = rowsOf().filter(({ id }) => String(id).startsWith('zip'));
    expect(found.map(({ zip }) => zip)).toEqual([null, 7, '007', 1.5, 1, '1e3']);
    expect(found.at(-1)).toMatchObject({ vector: '[1,2]' });
  });

  it('refuses what a column of the file would not keep', async () => {
    const database = new DatabaseSync(path);
    database.exec(
      'CREATE TABLE shop (id INTEGER PRIMARY KEY, zip INTEGER, name STRING, open TEXT, at TIMESTAMP)',
    );
    database.close();
    const load = (row: Readonly<Record<string, Cell>>) => {
      const columns = new Map(Object.keys(row).map((name) => [name, { type: null, isList: false }]));
      const target = { table: 'shop', key: ['id'], time: null, columns, isNew: false, drops: [] };
      return writeRows(path, target, [Object.values(row)], () => {});
    };
    await load({ id: '42', zip: 7, name: 'Anna', open: 'yes', at: '2026-11-28 10:00:00' });
    await load({ id: 43, zip: 'none', name: null, open: 1, at: 1_790_000_000 });
    const refused = (name: string, type: string, value: string) =>
      `row 1: the column ${name} is of type ${type} in the store, and would not keep ${value} as it is`;
    await expect(load({ id: '042' })).rejects.toThrow(refused('id', 'INTEGER', '"042"'));
    await expect(load({ id: 1, zip: '12' })).rejects.toThrow(refused('zip', 'INTEGER', '"12"'));
    await expect(load({ id: 1, name: ' 1.0 ' })).rejects.toThrow(refused('name', 'STRING', '" 1.0 "'));
    await expect(load({ id: 1, open: true })).rejects.toThrow(refused('open', 'TEXT', 'true'));
  });
});
