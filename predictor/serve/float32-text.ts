/**
 * Writes float32 numbers with the fewest digits that read back to the same float32, and of those the nearest (2^-96, 2^87
 * and 2^90 alone get one digit more). JavaScript writes the double that a float32 is, with up to 17 digits, and takes
 * twice as long for it.
 *
 * A decimal is as good as the number if it lies between the midpoints to the two neighbours. The number is scaled by a
 * power of ten to eight or nine digits before the point, and rounded to ever fewer of them. Doubles are exact enough for
 * that but at a midpoint, or between two decimals: those few numbers are searched digit by digit.
 */

/** The longest text of a float32, such as -340282350000000000000, in characters. */
export const LONGEST_FLOAT32 = 24;

/** By a number's binary exponent, as it stands in its bits. */
const EXPONENTS = 256;
/** What the number is scaled by: the power of ten, its exponent, and half of the distance to the next number, scaled. */
const POWER = new Float64Array(EXPONENTS);
const TEN_EXPONENT = new Int32Array(EXPONENTS);
const HALF = new Float64Array(EXPONENTS);
/** Scaled numbers are below this, so that they are 32-bit integers once they are rounded. */
const LARGEST = 2 ** 30;
/** Powers of ten up to this are exact as doubles. */
const EXACT_POWER = 22;
/** More than the error of a scaled number, which is at most 2^-22. */
const MARGIN = 2 ** -20;

for (let bits = 1; bits < EXPONENTS - 1; bits += 1) {
  const above = 2 ** (bits - 126);
  let ten = Math.floor(Math.log10(LARGEST / above));
  // The logarithm may be off by a hair.
  while (scaled(above, ten) > LARGEST) ten -= 1;
  if (Math.abs(ten) > EXACT_POWER) continue;
  TEN_EXPONENT[bits] = ten;
  POWER[bits] = 10 ** Math.abs(ten);
  HALF[bits] = scaled(2 ** (bits - 151), ten);
}

const number = new Float32Array(1);
const numberBits = new Uint32Array(number.buffer);
const ZERO = 48;
const POINT = 46;
const MINUS = 45;

/** The digits of 00 to 99. */
const PAIRS = Uint8Array.from(
  { length: 200 },
  (_, i) => ZERO + (i % 2 === 0 ? Math.floor(i / 20) : (i >> 1) % 10),
);

/** Writes a finite float32 at `bytes[at…]`, where LONGEST_FLOAT32 bytes are free, and returns where it ends. */
export function writeFloat32(bytes: Uint8Array, at: number, value: number): number {
  number[0] = value;
  const bits = numberBits[0] ?? 0;
  const exponent = (bits >>> 23) & 0xff;
  const power = POWER[exponent] ?? 0;
  if (power === 0) return writeText(bytes, at, float32Text(value));
  const ten = TEN_EXPONENT[exponent] ?? 0;
  const absolute = value < 0 ? -value : value;
  const exact = ten < 0 ? absolute / power : absolute * power;
  const half = HALF[exponent] ?? 0;
  // Below a power of two the numbers lie twice as close.
  const halfBelow = (bits & 0x7fffff) === 0 ? half / 2 : half;

  let digits = (exact + 0.5) | 0;
  let dropped = 0;
  let error = Math.abs(digits - exact);
  let unit = 1;
  let inverse = 0.1;
  for (let wider = 10; ; wider *= 10, inverse *= 0.1) {
    // Off by one only where two decimals are as near, which is noticed below.
    const rounded = (exact * inverse + 0.5) | 0;
    const difference = rounded * wider - exact;
    const off = Math.abs(difference);
    const allowed = difference < 0 ? halfBelow : half;
    if (Math.abs(off - allowed) < MARGIN) return writeText(bytes, at, float32Text(value));
    if (off > allowed || rounded === 0) break;
    digits = rounded;
    error = off;
    unit = wider;
    dropped += 1;
  }
  if (unit / 2 - error < MARGIN) return writeText(bytes, at, float32Text(value));
  const start = value < 0 ? at + 1 : at;
  if (value < 0) bytes[at] = MINUS;
  return writeDecimal(bytes, start, digits, ten - dropped, value);
}

/** Writes `digits` × 10^-`places`, which `value` is. */
function writeDecimal(bytes: Uint8Array, at: number, digits: number, places: number, value: number): number {
  const count = countDigits(digits);
  if (places <= 0) {
    if (count - places > 21) return writeText(bytes, value < 0 ? at - 1 : at, float32Text(value));
    const end = writeInteger(bytes, at, digits, count);
    bytes.fill(ZERO, end, end - places);
    return end - places;
  }
  if (count > places) {
    // The digits after the point are moved behind it.
    const end = writeInteger(bytes, at, digits, count);
    bytes.copyWithin(end - places + 1, end - places, end);
    bytes[end - places] = POINT;
    return end + 1;
  }
  const zeros = places - count;
  // As JavaScript does: 0.000001 and 1e-7.
  if (zeros > 5) return writeText(bytes, value < 0 ? at - 1 : at, float32Text(value));
  bytes[at] = ZERO;
  bytes[at + 1] = POINT;
  for (let i = 0; i < zeros; i += 1) bytes[at + 2 + i] = ZERO;
  return writeInteger(bytes, at + 2 + zeros, digits, count);
}

/** Writes a whole number from 0 to 2^31 - 1 of `count` digits. */
export function writeInteger(bytes: Uint8Array, at: number, value: number, count: number): number {
  let rest = value;
  let end = at + count;
  while (end - at >= 2) {
    const next = (rest / 100) | 0;
    const pair = 2 * (rest - next * 100);
    end -= 2;
    bytes[end] = PAIRS[pair] ?? 0;
    bytes[end + 1] = PAIRS[pair + 1] ?? 0;
    rest = next;
  }
  if (end > at) bytes[at] = ZERO + rest;
  return at + count;
}

/** How many digits a whole number from 0 to 2^31 - 1 has. */
export function countDigits(value: number): number {
  if (value < 100_000) {
    if (value < 100) return value < 10 ? 1 : 2;
    if (value < 1000) return 3;
    return value < 10_000 ? 4 : 5;
  }
  if (value < 10_000_000) return value < 1_000_000 ? 6 : 7;
  if (value < 100_000_000) return 8;
  return value < 1_000_000_000 ? 9 : 10;
}

/** The same text for any finite float32, found by trying. */
export function float32Text(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [below, above] = midpoints(value);
  number[0] = value;
  const isEven = ((numberBits[0] ?? 0) & 1) === 0;
  for (let digits = 1; digits < 9; digits += 1) {
    const near = Number(value.toPrecision(digits));
    if (near > below && near < above) return `${near}`;
    // What is exactly between two numbers is read as the even one.
    if (isEven && (near === below || near === above) && isExact(near)) return `${near}`;
  }
  return `${Number(value.toPrecision(9))}`;
}

/**
 * True if a decimal of nine digits at most whose double is a midpoint is that midpoint. Smaller midpoints have more
 * digits, and larger ones are not told apart from their neighbours by a double.
 */
function isExact(decimal: number): boolean {
  return Math.abs(decimal) >= 2 ** 15 && Math.abs(decimal) <= 2 ** 53;
}

/** Halfway to the next lower and the next higher float32: both are exact as doubles. */
function midpoints(value: number): [number, number] {
  number[0] = value;
  const bits = numberBits[0] ?? 0;
  numberBits[0] = bits - 1;
  const inwards = number[0];
  numberBits[0] = bits + 1;
  // Beyond the largest there is what would be the next.
  const outwards = Number.isFinite(number[0]) ? number[0] : Math.sign(value) * 2 ** 128;
  const [towards, away] = [(value + inwards) / 2, (value + outwards) / 2];
  return value < 0 ? [away, towards] : [towards, away];
}

function writeText(bytes: Uint8Array, at: number, text: string): number {
  for (let i = 0; i < text.length; i += 1) bytes[at + i] = text.charCodeAt(i);
  return at + text.length;
}

function scaled(value: number, ten: number): number {
  return ten < 0 ? value / 10 ** -ten : value * 10 ** ten;
}
