/**
 * Reads the plain request of most models, `{"instances": [[1.5, 2], …]}`, straight from its bytes into numbers of 32
 * bits: in a third of the time that JSON.parse and packing its arrays take, and without their garbage. What is anything
 * else, down to a number that is spelled wrong, is left to JSON.parse, and so is what to say about it: this reads less
 * than JSON, and nothing otherwise.
 */

/** Instances that are arrays of numbers of one shape, one after the other. */
export class NumberRows {
  readonly rows: number;
  readonly data: Float32Array;

  constructor(rows: number, data: Float32Array) {
    this.rows = rows;
    this.data = data;
  }
}

const FLOAT32_MAX = 3.4028234663852886e38;
/** Up to this many digits a whole number is exact as a double; with more it is off by its last bits. */
const EXACT_DIGITS = 15;
const DIGITS_MAX = 18;
/** Near the largest float32 it matters which double a number is. */
const LARGE = 1e38;
/** Powers of ten up to this are exact as doubles. */
const EXACT_POWER = 22;
const POWERS = Float64Array.from({ length: EXACT_POWER + 1 }, (_, i) => 10 ** i);
/** More than a double is off, of its size, that was made from more digits than it holds. */
const ERROR = 2 ** -49;
/** Of the memory that small requests share. */
const POOL_NUMBERS = 16_384;

const [OPEN, CLOSE, COMMA, COLON, QUOTE, OPEN_OBJECT, CLOSE_OBJECT] = [91, 93, 44, 58, 34, 123, 125];
const [MINUS, PLUS, POINT, ZERO, UPPER_E, LOWER_E] = [45, 43, 46, 48, 69, 101];
const INSTANCES = Buffer.from('"instances"');

let pool = new Float32Array(POOL_NUMBERS);
let poolUsed = 0;

/** Reads a request whose instances have this shape; null if it is anything else, or has no instance. */
export function readNumberRows(bytes: Uint8Array, shape: readonly number[]): NumberRows | null {
  let p = afterHead(bytes);
  if (p < 0) return null;
  // A number and what follows it are two bytes at least.
  const most = bytes.length >> 1;
  const isSmall = most <= POOL_NUMBERS / 4;
  if (isSmall && poolUsed + most > POOL_NUMBERS) {
    pool = new Float32Array(POOL_NUMBERS);
    poolUsed = 0;
  }
  const data = isSmall ? pool : new Float32Array(most);
  const start = isSmall ? poolUsed : 0;
  const size = shape.reduce((product, dim) => product * dim, 1);
  let rows = 0;
  for (let at = start; ; at += size) {
    // There are bytes for one more: then there is memory for it.
    if (bytes.length - p < 2 * size) return null;
    p = readLevel(bytes, p, shape, 0, size, data, at);
    if (p < 0) return null;
    rows += 1;
    p = space(bytes, p);
    const next = bytes[p];
    p = space(bytes, p + 1);
    if (next === COMMA) continue;
    if (next !== CLOSE || !isEnd(bytes, p)) return null;
    if (isSmall) poolUsed = at + size;
    return new NumberRows(rows, data.subarray(start, at + size));
  }
}

/** Where the first instance begins, or -1. */
function afterHead(bytes: Uint8Array): number {
  let p = space(bytes, 0);
  if (bytes[p] !== OPEN_OBJECT) return -1;
  p = space(bytes, p + 1);
  if (bytes[p] !== QUOTE) return -1;
  for (let i = 0; i < INSTANCES.length; i += 1) if (bytes[p + i] !== INSTANCES[i]) return -1;
  p = space(bytes, p + INSTANCES.length);
  if (bytes[p] !== COLON) return -1;
  p = space(bytes, p + 1);
  return bytes[p] === OPEN ? space(bytes, p + 1) : -1;
}

function isEnd(bytes: Uint8Array, from: number): boolean {
  return bytes[from] === CLOSE_OBJECT && space(bytes, from + 1) === bytes.length;
}

/** Where what is no white space begins, from `from` on. */
function space(bytes: Uint8Array, from: number): number {
  let p = from;
  for (let byte = bytes[p] ?? ZERO; byte <= 32; byte = bytes[p] ?? ZERO) {
    if (byte !== 32 && byte !== 10 && byte !== 13 && byte !== 9) return p;
    p += 1;
  }
  return p;
}

/** Reads an array of `size` numbers, and those in it. Returns where it ends, or -1. */
function readLevel(
  bytes: Uint8Array,
  from: number,
  shape: readonly number[],
  depth: number,
  size: number,
  data: Float32Array,
  at: number,
): number {
  if (bytes[from] !== OPEN) return -1;
  if (depth === shape.length - 1) return readNumbers(bytes, from + 1, data, at, at + size);
  const count = shape[depth] ?? 0;
  const part = size / count;
  let p = from + 1;
  for (let i = 0; i < count; i += 1) {
    p = readLevel(bytes, space(bytes, p), shape, depth + 1, part, data, at + i * part);
    if (p < 0) return -1;
    p = space(bytes, p);
    if (bytes[p] !== (i === count - 1 ? CLOSE : COMMA)) return -1;
    p += 1;
  }
  return p;
}

/** Reads numbers up to `data[end]` and the bracket that closes their array. */
function readNumbers(bytes: Uint8Array, from: number, data: Float32Array, at: number, end: number): number {
  let p = from;
  for (let i = at; i < end; i += 1) {
    let byte = bytes[p] ?? 0;
    if (byte <= 32) {
      p = space(bytes, p);
      byte = bytes[p] ?? 0;
    }
    const begin = p;
    const isNegative = byte === MINUS;
    if (isNegative) {
      p += 1;
      byte = bytes[p] ?? 0;
    }
    let digit = byte - ZERO;
    if (digit < 0 || digit > 9) return -1;
    let number = digit;
    let digits = 1;
    p += 1;
    byte = bytes[p] ?? 0;
    // After a zero no digit may follow: it is met below, where a comma should be.
    if (number !== 0) {
      for (digit = byte - ZERO; digit >= 0 && digit <= 9; digit = byte - ZERO) {
        number = number * 10 + digit;
        digits += 1;
        p += 1;
        byte = bytes[p] ?? 0;
      }
    }
    let places = 0;
    if (byte === POINT) {
      p += 1;
      byte = bytes[p] ?? 0;
      const first = p;
      for (digit = byte - ZERO; digit >= 0 && digit <= 9; digit = byte - ZERO) {
        number = number * 10 + digit;
        p += 1;
        byte = bytes[p] ?? 0;
      }
      places = p - first;
      if (places === 0) return -1;
      digits += places;
    }
    if (byte === LOWER_E || byte === UPPER_E) {
      p += 1;
      byte = bytes[p] ?? 0;
      const isInverse = byte === MINUS;
      if (isInverse || byte === PLUS) {
        p += 1;
        byte = bytes[p] ?? 0;
      }
      digit = byte - ZERO;
      if (digit < 0 || digit > 9) return -1;
      let exponent = 0;
      for (; digit >= 0 && digit <= 9; digit = byte - ZERO) {
        exponent = Math.min(exponent * 10 + digit, 10_000);
        p += 1;
        byte = bytes[p] ?? 0;
      }
      places += isInverse ? exponent : -exponent;
    }
    let value = number;
    if (places > 0 && places <= EXACT_POWER) value /= POWERS[places] ?? 1;
    else if (places < 0 && places >= -EXACT_POWER) value *= POWERS[-places] ?? 1;
    const isExact = digits <= EXACT_DIGITS && places <= EXACT_POWER && places >= -EXACT_POWER;
    if (!isExact && !isSettled(value, digits, places)) value = absoluteOf(bytes, begin, p);
    if (value > FLOAT32_MAX) return -1;
    data[i] = isNegative ? -value : value;

    if (byte <= 32) {
      p = space(bytes, p);
      byte = bytes[p] ?? 0;
    }
    if (byte !== (i === end - 1 ? CLOSE : COMMA)) return -1;
    p += 1;
  }
  return p;
}

/** True if the number is the same as 32 bits, however much its last bits as a double are off. */
function isSettled(value: number, digits: number, places: number): boolean {
  if (digits > DIGITS_MAX || places > EXACT_POWER || places < -EXACT_POWER || value > LARGE) return false;
  return Math.fround(value * (1 - ERROR)) === Math.fround(value * (1 + ERROR));
}

/** What JSON.parse makes of a number that is spelled as JSON spells it, without its sign. */
function absoluteOf(bytes: Uint8Array, from: number, to: number): number {
  const { buffer, byteOffset } = bytes;
  return Math.abs(Number(Buffer.from(buffer, byteOffset + from, to - from).toString('latin1')));
}
