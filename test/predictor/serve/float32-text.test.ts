/** Every float32 is written so that it reads back, in the fewest digits, and as JavaScript would write them. */
import { describe, expect, test } from 'vitest';
import { seeded } from '../../../predictor/check/made-up.ts';
import { float32Text, LONGEST_FLOAT32, writeFloat32 } from '../../../predictor/serve/float32-text.ts';

const number = new Float32Array(1);
const bits = new Uint32Array(number.buffer);
const bytes = Buffer.alloc(LONGEST_FLOAT32 + 2);

function ofBits(pattern: number): number {
  bits[0] = pattern;
  return number[0] ?? 0;
}

function written(value: number): string {
  const end = writeFloat32(bytes, 1, value);
  return bytes.toString('latin1', 1, end);
}

/** How the text of a number is wrong, or null. */
function fault(value: number): string | null {
  const text = written(value);
  const back: unknown = JSON.parse(text);
  if (!Object.is(Math.fround(Number(back)), value)) return `${value} reads back as ${text}`;
  if (text !== float32Text(value)) return `${value} is ${text}, and by trying ${float32Text(value)}`;
  return text.length > LONGEST_FLOAT32 ? `${text} is too long` : null;
}

describe('a float32 reads back from its text', () => {
  test('at the ends and in the middle of every binary exponent', () => {
    const faults: unknown[] = [];
    const mantissas = [0, 1, 2, 3, 0x3fffff, 0x400000, 0x400001, 0x7ffffd, 0x7ffffe, 0x7fffff];
    for (let exponent = 0; exponent < 255; exponent += 1) {
      for (const mantissa of mantissas) {
        for (const sign of [0, 1])
          faults.push(fault(ofBits(((sign << 31) | (exponent << 23) | mantissa) >>> 0)));
      }
    }
    expect(faults.filter((each) => each !== null)).toEqual([]);
  });

  test('whatever its bits are', () => {
    const random = seeded(1);
    const faults: unknown[] = [];
    for (let i = 0; i < 30_000; i += 1) {
      const value = ofBits(Math.floor(random() * 2 ** 32));
      // Probabilities are what is written most.
      faults.push(Number.isFinite(value) ? fault(value) : null, fault(Math.fround(random())));
    }
    expect(faults.filter((each) => each !== null)).toEqual([]);
  });

  test('where it has few digits, or lies halfway between two decimals', () => {
    const values = Array.from({ length: 5000 }, (_, i) => [i, i / 100, i * 1e5, 2 ** 23 + i / 2, i * 1e-9]);
    const faults = values.flat().map((value) => fault(Math.fround(value)));
    expect(faults.filter((each) => each !== null)).toEqual([]);
  });
});

test.each([
  [0, '0'],
  [-0, '-0'],
  [1, '1'],
  [-1.5, '-1.5'],
  [0.1, '0.1'],
  [1 / 3, '0.33333334'],
  [16_777_216, '16777216'],
  [1e-6, '0.000001'],
  [1.5e-7, '1.5e-7'],
  [1e21, '1e+21'],
  [3.4028234663852886e38, '3.4028235e+38'],
  [1.401298464324817e-45, '1e-45'],
])('%s is %s', (value, text) => {
  expect(written(Math.fround(value))).toBe(text);
});

test('no text of fewer digits would do, but for three powers of two', () => {
  const random = seeded(2);
  const longer: number[] = [];
  const powers = Array.from({ length: 254 }, (_, i) => ofBits((i + 1) << 23));
  const others = Array.from({ length: 5000 }, () => ofBits(Math.floor(random() * 0x7f800000)));
  for (const value of [...powers, ...others]) {
    const digits = written(value)
      .replace(/e.*/, '')
      .replace('.', '')
      .replace(/^0+|0+$/g, '').length;
    if (digits < 2) continue;
    const unit = 10 ** (Math.floor(Math.log10(value)) - digits + 2);
    const fewer = [Math.floor(value / unit), Math.ceil(value / unit)].map((n) =>
      Number((n * unit).toPrecision(digits - 1)),
    );
    if (fewer.some((decimal) => Math.fround(decimal) === value)) longer.push(value);
  }
  expect(longer).toEqual([2 ** -96, 2 ** 87, 2 ** 90]);
});
