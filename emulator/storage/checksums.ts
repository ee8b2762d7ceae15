/** CRC32C and MD5 as Cloud Storage writes them: base64 of the big-endian bytes. */
import { createHash } from 'node:crypto';

import { crc32c } from './crc32c.ts';
import { invalid } from './errors.ts';

/** What a client says that its bytes add up to; a field that it left out is not checked. */
export interface Checksums {
  readonly crc32c?: string | undefined;
  readonly md5Hash?: string | undefined;
}

export function crc32cOf(content: Uint8Array): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32c(content));
  return bytes.toString('base64');
}

export function md5Of(content: Uint8Array): string {
  return createHash('md5').update(content).digest('base64');
}

/** Throws a 400 StorageError when `claimed` says something else than `actual`. */
export function verifyChecksums(claimed: Checksums, actual: Required<Checksums>): void {
  if (claimed.crc32c !== undefined && claimed.crc32c !== actual.crc32c) {
    throw invalid(
      `Provided CRC32C "${claimed.crc32c}" doesn't match calculated CRC32C "${actual.crc32c ?? ''}".`,
    );
  }
  if (claimed.md5Hash !== undefined && claimed.md5Hash !== actual.md5Hash) {
    throw invalid(
      `Provided MD5 hash "${claimed.md5Hash}" doesn't match calculated MD5 hash "${actual.md5Hash ?? ''}".`,
    );
  }
}

/** Reads `x-goog-hash: crc32c=…,md5=…`. */
export function parseHashHeader(header: string | undefined): Checksums {
  const claims = new Map<string, string>();
  for (const claim of (header ?? '').split(',')) {
    const at = claim.indexOf('=');
    if (at > 0) claims.set(claim.slice(0, at).trim(), claim.slice(at + 1).trim());
  }
  return { crc32c: claims.get('crc32c'), md5Hash: claims.get('md5') };
}
