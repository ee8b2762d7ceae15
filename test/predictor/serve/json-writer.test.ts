import { describe, expect, test } from 'vitest';
import { JsonWriter } from '../../../predictor/serve/json-writer.ts';
import { ReplyTooLarge } from '../../../predictor/serve/reply-too-large.ts';

const PIECE = 65_536;

/** What is written, with the bytes that were reckoned for it. */
function write(left: number, work: (writer: JsonWriter) => void): { text: string; spent: number } {
  const writer = new JsonWriter();
  const budget = { left };
  writer.begin(budget);
  work(writer);
  return { text: writer.end(), spent: left - budget.left };
}

describe('text of several pieces', () => {
  test.each([0, 1, 7, 23, 24, 25, 26])(
    'is whole wherever a piece ends: %i bytes before its end',
    (before) => {
      const { text, spent } = write(PIECE * 4, (writer) => {
        for (let i = 0; i < PIECE - before; i += 1) writer.character(32);
        writer.label(Buffer.from('"é":'), false);
        writer.float32(-1.2345679e-38);
        writer.character(44);
        writer.integer(-2_147_483_647);
        writer.text(',"漢😀"');
        writer.float32s(Float32Array.of(0.1, 0.2), 0, 2);
      });
      expect(text.trimStart()).toBe('"é":-1.2345679e-38,-2147483647,"漢😀"0.1,0.2');
      expect(spent).toBe(Buffer.byteLength(text));
    },
  );

  test('may be longer than a piece', () => {
    const long = 'ü'.repeat(PIECE);
    const { text, spent } = write(PIECE * 8, (writer) => {
      writer.text(long);
      writer.label(Buffer.from(long), false);
    });
    expect(text).toBe(long + long);
    expect(spent).toBe(4 * PIECE);
  });
});

test.each([
  0,
  9,
  10,
  -1,
  99,
  100,
  99_999,
  100_000,
  9_999_999,
  10_000_000,
  2_147_483_647,
  -2_147_483_648,
  2 ** 53 - 1,
])('the whole number %i', (value) => {
  expect(write(100, (writer) => writer.integer(value)).text).toBe(`${value}`);
});

test('float32 numbers end at one that JSON cannot say', () => {
  let stopped = -1;
  const { text } = write(100, (writer) => {
    stopped = writer.float32s(Float32Array.of(1, 2, Number.NaN, 4), 0, 4);
  });
  expect([text, stopped]).toEqual(['1,2', 2]);
});

test('more than there is room for is refused, and what comes next begins afresh', () => {
  const writer = new JsonWriter();
  writer.begin({ left: 3 });
  writer.text('1234');
  expect(() => writer.end()).toThrow(ReplyTooLarge);
  writer.begin({ left: 3 });
  expect(() => writer.expect(4)).toThrow(ReplyTooLarge);
  writer.text('123');
  expect(writer.end()).toBe('123');
});
