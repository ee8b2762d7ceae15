import { describe, expect, it } from 'vitest';
import { readText } from '../../../../functions/release/checks/read-text.ts';
import type { Artifacts, StoredObject } from '../../../../functions/world.ts';

const object: StoredObject = {
  bucket: 'models',
  name: 'v1/golden.jsonl',
  generation: '1',
  createdAt: 0,
  size: 5,
  checksum: null,
  contentEncoding: null,
};

function holding(text: string | null): Pick<Artifacts, 'read'> {
  return { read: () => Promise.resolve(text) };
}

describe('readText', () => {
  it('has the text of an object that is small enough', async () => {
    expect(await readText(holding('12345'), object, 5)).toBe('12345');
  });

  it('has none of one that is too large, which is not read', async () => {
    const artifacts = { read: () => Promise.reject(new Error('it is read')) };
    expect(await readText(artifacts, object, 4)).toBeNull();
  });

  it('rejects where the object was overwritten after it was seen, which passes', async () => {
    await expect(readText(holding(null), object, 5)).rejects.toMatchObject({
      method: 'artifacts.read',
      status: 'ABORTED',
      message: 'v1/golden.jsonl was deleted or overwritten while it was read',
    });
  });
});
