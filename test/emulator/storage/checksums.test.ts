import { CRC32C } from '@google-cloud/storage';
import { expect, test } from 'vitest';

import { seededRandom } from '../../../emulator/core/random.ts';
import { crc32cOf } from '../../../emulator/storage/checksums.ts';

test('CRC32C is that of the client, whatever the length and the place in memory', () => {
  const random = seededRandom(1);
  const bytes = Buffer.from(Array.from({ length: 300 }, () => Math.floor(random() * 256)));
  for (let length = 0; length < 260; length += 1) {
    const part = bytes.subarray(length % 13, (length % 13) + length);
    const client = new CRC32C();
    client.update(part);
    expect(crc32cOf(part)).toBe(client.toString());
  }
  expect(crc32cOf(Buffer.from('123456789'))).toBe('4waSgw==');
});
