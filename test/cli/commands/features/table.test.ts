/** Files of feature rows: read whole, and refused with the first row that is wrong. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseCsv } from '../../../../cli/commands/features/csv.ts';
import { columnsOf, readTable, type Columns, type Table } from '../../../../cli/commands/features/table.ts';
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
    const text = 'id,at,orders,country\r\n007,2026-11-27,3,"a, ""b"""\r\nc-2,2026-11-27,,\r\n';
    await expect(read('a.csv', text)).resolves.toEqual({
      columns: ['id', 'at', 'orders', 'country'],
      rows: [
        ['007', '2026-11-27', 3, 'a, "b"'],
        ['c-2', '2026-11-27', null, null],
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
      { table: 'customer', key, time: null, columns: columnsOf(table), isNew: false, drops: [] },
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
});
