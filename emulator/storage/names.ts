/**
 * The naming rules of buckets and objects. An object name is data: up to 1,024 bytes of almost anything,
 * so nothing here or elsewhere makes a path of it.
 * https://cloud.google.com/storage/docs/buckets#naming and https://cloud.google.com/storage/docs/objects#naming
 */
import { invalid } from './errors.ts';

const BUCKET = /^[a-z0-9](?:[a-z0-9_-]|\.(?!\.)){1,220}[a-z0-9]$/;
const IP_ADDRESS = /^\d+\.\d+\.\d+\.\d+$/;

/** Throws a 400 StorageError. */
export function checkBucketName(name: string): void {
  const labels = name.split('.');
  const good =
    BUCKET.test(name) &&
    (labels.length > 1 || name.length <= 63) &&
    labels.every((label) => label.length <= 63) &&
    !IP_ADDRESS.test(name) &&
    !name.startsWith('goog') &&
    !name.includes('google');
  if (!good) throw invalid(`Invalid bucket name: '${name}'`);
}

/** Throws a 400 StorageError. */
export function checkObjectName(name: string): void {
  const length = Buffer.byteLength(name);
  if (length > 1024) {
    throw invalid(`The maximum object length is 1024 characters, but got a name with ${length} characters.`);
  }
  const forbidden =
    name === '' ||
    name === '.' ||
    name === '..' ||
    /[\r\n]/.test(name) ||
    name.startsWith('.well-known/acme-challenge/') ||
    !name.isWellFormed();
  if (forbidden) throw invalid(`Disallowed unicode characters present in object name '${name}'`);
}

/** The order of listings: by the bytes of the names in UTF-8, which is not the order of JavaScript's strings. */
export function compareNames(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
