/** Rows in the bytes of files: records, numbers, the contract, results. */
import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../../../functions/batch/rows/byte-writer.ts';
import { faultOf } from '../../../../functions/batch/rows/contract.ts';
import { parseExact } from '../../../../functions/batch/rows/exact-json.ts';
import { numberRows, RowFault } from '../../../../functions/batch/rows/number-rows.ts';
import { csvFields, csvValue, eachRecord, type RowFormat } from '../../../../functions/batch/rows/records.ts';
import { countResults, kindOf } from '../../../../functions/batch/rows/results.ts';
import { growingBuffers } from '../../../../functions/google/workspace.ts';
import type { Signature } from '../../../../functions/release/checks/signature.ts';

function recordsOf(text: string, format: RowFormat, isLast = true): { records: string[]; rest: string } {
  const bytes = Buffer.from(text);
  const records: string[] = [];
  const rest = eachRecord(bytes, format, isLast, (start, end) => {
    records.push(bytes.toString('utf8', start, end));
  });
  return { records, rest: bytes.toString('utf8', rest) };
}

describe('records', () => {
  it.each<[string, RowFormat, boolean, string[], string]>([
    ['[1]\n\n  \r\n[2]\r\n[3]', 'jsonl', true, ['[1]', '[2]', '[3]'], ''],
    ['[1]\n[2', 'jsonl', false, ['[1]'], '[2'],
    ['a,b\n1,"x\ny"\n2,"z', 'csv', false, ['a,b', '1,"x\ny"'], '2,"z'],
    ['a\n"say ""hi""\n"\nx\n', 'csv', true, ['a', '"say ""hi""\n"', 'x'], ''],
    ['', 'jsonl', true, [], ''],
  ])('of %j as %s, the last ones: %s', (text, format, isLast, records, rest) => {
    expect(recordsOf(text, format, isLast)).toEqual({ records, rest });
  });

  it('are the same however a file is cut into slices', () => {
    const text = 'id,text\n1,"a\nb"\n2,"c ""d"" e"\n3,f\n\n4,"g,h"\n';
    const whole = recordsOf(text, 'csv').records;
    for (let size = 16; size < text.length; size += 1) {
      const found: string[] = [];
      let from = 0;
      while (from < text.length) {
        const end = Math.min(text.length, from + size);
        const { records, rest } = recordsOf(text.slice(from, end), 'csv', end === text.length);
        found.push(...records);
        from = end - rest.length;
      }
      expect(found).toEqual(whole);
    }
  });

  it('of CSV have fields: quoted is text, anything else a number', () => {
    expect(csvFields('1.50,"a,""b""",x,').map(csvValue)).toEqual([1.5, 'a,"b"', 'x', '']);
  });
});

describe('numbers of rows', () => {
  const number = (text: string, format: RowFormat, key: string | null = null, first = 0) => {
    const out = new ByteWriter(growingBuffers(), 'output', 1);
    numberRows(Buffer.from(text), { format, key, header: null, first }, out);
    return out.bytes.toString();
  };

  it('stand in front of each object, which stays as it is', () => {
    expect(number('{"x": 1.0}\n{}\n  { "y":12345678901234567890}\n', 'jsonl', null, 7)).toBe(
      '{"slipway_row":7,"x": 1.0}\n{"slipway_row":8}\n{"slipway_row":9, "y":12345678901234567890}\n',
    );
  });

  it('are a column of CSV, or stand in the key of each row', () => {
    expect(number('a,b\n1,2\n', 'csv')).toBe('slipway_row,a,b\n0,1,2\n');
    expect(number('id,b\n"ann",2\n7,3\n', 'csv', 'id')).toBe('id,b\n"0|""ann""",2\n"1|7",3\n');
  });

  it('need objects, and a header with the key', () => {
    expect(() => number('{"x":1}\n[1]\n', 'jsonl')).toThrow(
      new RowFault('row 2: expected a JSON object, which ordered results are found again by'),
    );
    expect(() => number('a\n1\n', 'csv', 'id')).toThrow('the header has no column id');
  });
});

it('leaves numbers that a double does not hold as they are', () => {
  expect(JSON.stringify(parseExact('{"id":12345678901234567890,"x":0.1}'))).toBe(
    '{"id":12345678901234567890,"x":0.1}',
  );
});

describe('the first rows', () => {
  const features: Signature = {
    inputs: [{ name: 'features', type: 'float32', shape: [null, 2] }],
    outputs: [{ name: 'label', type: 'int64', shape: [null] }],
  };
  const two: Signature = {
    inputs: [
      { name: 'age', type: 'float32', shape: [null, 1] },
      { name: 'city', type: 'string', shape: [null, 1] },
    ],
    outputs: features.outputs,
  };

  it.each<[string, RowFormat, string | null, Signature | null, string | null]>([
    ['[1,2]\n[3,4]\n', 'jsonl', null, features, null],
    ['{"features":[1,2]}\n', 'jsonl', null, features, null],
    ['[1,2]\n[3]\n', 'jsonl', null, features, 'line 2: expected 2 values, got 1'],
    ['[1,2]\nnope\n', 'jsonl', null, null, 'line 2: expected JSON'],
    ['{"age":1,"city":"Bern"}\n', 'jsonl', null, two, null],
    ['{"age":1}\n', 'jsonl', null, two, 'line 1: expected a value of city'],
    ['{"age":"old","city":"Bern"}\n', 'jsonl', null, two, 'line 1: age: expected a number, got a text'],
    ['{"age":"Infinity","city":"Bern"}\n', 'jsonl', null, two, null],
    ['[1]\n', 'jsonl', null, two, 'line 1: expected an object with age, city'],
    ['{"age":1,"city":"Bern"}\n', 'jsonl', 'id', two, 'line 1: expected an object with the key id'],
    ['a,b\n1,2\n', 'csv', null, features, null],
    ['a,b,c\n1,2,3\n', 'csv', null, features, 'line 1: expected 2 columns, the features of features, got 3'],
    ['id,a,b\n1,2,3\n', 'csv', 'id', features, null],
    ['a,b\n1,2\n3\n', 'csv', null, features, 'line 3: expected 2 fields as in the header, got 1'],
    ['a,b\n1,2\n', 'csv', 'id', features, 'line 1: expected a column id, got a, b'],
    ['anything goes\n', 'csv', null, null, null],
  ])('%j as %s with the key %s', (text, format, key, signature, fault) => {
    expect(faultOf(Buffer.from(text), true, { format, key, signature })).toBe(fault);
  });
});

describe('results', () => {
  const whole = { isFirst: true, isLast: true };
  const count = (text: string, name = 'prediction.results-00000-of-00001') => {
    const kind = kindOf(`out/${name}`);
    if (kind === null) throw new Error(name);
    const numbered: { row: number; text: string }[] = [];
    const counted = countResults(Buffer.from(text), kind, whole, (row, t) => numbered.push({ row, text: t }));
    return { ...counted, numbered };
  };

  it('are found by both names that Vertex AI writes, and nothing else is', () => {
    expect(kindOf('a/predictions_0001.jsonl')).toEqual({ kind: 'results', format: 'jsonl' });
    expect(kindOf('a/errors_0001.csv')).toEqual({ kind: 'errors', format: 'csv' });
    expect(kindOf('a/prediction.errors_stats-00000-of-00001')).toEqual({ kind: 'errors', format: 'jsonl' });
    const unnamed = 'a/prediction.results-00000-of-00001';
    expect(kindOf(unnamed, 'csv')).toEqual({ kind: 'results', format: 'csv' });
    expect(kindOf('a/predictions_0001.jsonl', 'csv')).toEqual({ kind: 'results', format: 'jsonl' });
    expect(kindOf('a/_SUCCESS.json')).toBeNull();
    expect(kindOf('predictions_/results.jsonl')).toBeNull();
  });

  it('count rows of CSV, and refused ones among them', () => {
    const refused = '{""error"":{""code"":400,""status"":""INVALID_ARGUMENT"",""message"":""x: a, b""}}';
    const text = `"key","prediction"\n1,0.5\n2,"[1,2]"\n3,"${refused}"\n4,"{""error"":1}"\n`;
    expect(count(text, 'predictions_0001.csv')).toMatchObject({
      succeeded: 3,
      failed: 1,
      firstError: 'x: a, b',
    });
  });

  it('count rows with a prediction, and rows with an error in its place', () => {
    const refused = '{"error":{"code":400,"status":"INVALID_ARGUMENT","message":"x: expected a number"}}';
    const counted = count(`{"key":2,"prediction":{"label":1}}\n{"slipway_row":0,"prediction":${refused}}\n`);
    expect(counted).toMatchObject({ succeeded: 1, failed: 1, firstError: 'x: expected a number' });
    expect(counted.numbered.map(({ row }) => row)).toEqual([2, 0]);
    expect(counted.numbered[0]?.text).toBe('{"prediction":{"label":1}}');
  });

  it('take errors from error files, and statistics for none', () => {
    const text = '{"key":"3","error":{"code":3,"message":"no"}}\n{"failed_count":1}\n';
    expect(count(text, 'prediction.errors_stats-00000-of-00001')).toMatchObject({
      succeeded: 0,
      failed: 1,
      firstError: 'no',
      numbered: [{ row: 3 }],
    });
  });

  it('of a CSV input with a key carry the number in it', () => {
    expect(count('{"id":"17|\\"ann\\"","prediction":1}\n').numbered).toEqual([
      { row: 17, text: '{"prediction":1}' },
    ]);
  });

  it('count a line that is none as failed', () => {
    expect(count('{"prediction":1}\nbroken\n')).toMatchObject({ succeeded: 1, failed: 1 });
  });
});
