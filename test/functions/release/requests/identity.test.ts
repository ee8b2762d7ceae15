import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checksumOf,
  firstWanted,
  foundAt,
  isSameArtifact,
  remembered,
  withArtifact,
  withFailedArtifact,
} from '../../../../functions/release/requests/identity.ts';
import {
  ARTIFACTS_MAX,
  formatLedger,
  parseLedger,
  type Ledger,
} from '../../../../functions/release/ledger/ledger.ts';
import type { StoredObject } from '../../../../functions/world.ts';
import { ledgerWith, NOW } from '../../../support/samples.ts';

function objectOf(change: Partial<StoredObject> = {}): StoredObject {
  return {
    bucket: 'models',
    name: 'churn/v1/model.onnx',
    generation: '7',
    createdAt: NOW,
    size: 5,
    checksum: 'crc32c:AAAAAA==',
    contentEncoding: null,
    ...change,
  };
}

const marker = (n: number) => ({ marker: `churn/v${n}/model.onnx`, checksum: `crc32c:${n}/5` });

describe('isSameArtifact', () => {
  it.each<{ what: string; change: Partial<StoredObject>; same: boolean }>([
    { what: 'itself', change: {}, same: true },
    { what: 'a rewrite of it', change: { generation: '8', createdAt: NOW + 1 }, same: true },
    { what: 'a copy of it in another bucket', change: { bucket: 'restored', generation: '8' }, same: true },
    {
      what: 'other content under its name',
      change: { checksum: 'crc32c:BBBBBB==', generation: '8' },
      same: false,
    },
    { what: 'the same checksum of another size', change: { size: 6, generation: '8' }, same: false },
    { what: 'its content under another name', change: { name: 'churn/v2/model.onnx' }, same: false },
    {
      what: 'another generation without a checksum',
      change: { checksum: null, generation: '8' },
      same: false,
    },
    { what: 'its generation without a checksum', change: { checksum: null }, same: true },
    { what: 'its generation with another kind of checksum', change: { checksum: 'md5:x' }, same: true },
  ])('of an artifact and $what: $same', ({ change, same }) => {
    const [a, b] = [foundAt(objectOf()), foundAt(objectOf(change))];
    expect(isSameArtifact(a, b)).toBe(same);
    expect(isSameArtifact(b, a)).toBe(same);
  });

  it('takes two that say nothing of their content for two', () => {
    const [a, b] = [objectOf({ checksum: null }), objectOf({ checksum: null, generation: '8' })];
    expect(isSameArtifact(foundAt(a), foundAt(b))).toBe(false);
  });
});

describe('checksumOf', () => {
  it.each<{ what: string; object: Partial<StoredObject>; expected: object }>([
    { what: 'content', object: {}, expected: { checksum: 'crc32c:AAAAAA==/5' } },
    { what: 'an empty object', object: { size: 0, checksum: null }, expected: {} },
    {
      what: 'a signal, which is the same whatever it stands for',
      object: { name: 'churn/v1/_SUCCESS' },
      expected: {},
    },
  ])('of $what', ({ object, expected }) => {
    expect(checksumOf(objectOf(object))).toEqual(expected);
  });
});

describe('what the ledger remembers', () => {
  const once = withArtifact(ledgerWith(), marker(1), NOW);

  it('is when an artifact was first wanted, whatever comes later', () => {
    expect(remembered(once, marker(1))).toEqual({ at: NOW, hasFailed: false });
    expect(remembered(withArtifact(once, marker(1), NOW + 99), marker(1))?.at).toBe(NOW);
    expect(remembered(once, marker(2))).toBeNull();
  });

  it('is whether its release failed, until it is tried again', () => {
    const failed = withFailedArtifact(once, marker(1));
    expect(remembered(failed, marker(1))).toEqual({ at: NOW, hasFailed: true });
    expect(remembered(withArtifact(failed, marker(1), NOW + 99), marker(1))).toEqual({
      at: NOW,
      hasFailed: false,
    });
  });

  it('is nothing of what has no checksum, or was never accepted', () => {
    const { marker: name } = marker(1);
    expect(withArtifact(once, { marker: name }, NOW)).toBe(once);
    expect(remembered(once, { marker: name })).toBeNull();
    expect(withFailedArtifact(once, marker(2))).toBe(once);
  });

  it('is the last thousand of them, and fits the ledger', () => {
    let ledger: Ledger = ledgerWith();
    for (let n = 0; n <= ARTIFACTS_MAX; n += 1) ledger = withArtifact(ledger, marker(n), NOW + n);
    expect(ledger.artifacts).toHaveLength(ARTIFACTS_MAX);
    expect(remembered(ledger, marker(0))).toBeNull();
    expect(remembered(ledger, marker(ARTIFACTS_MAX))?.at).toBe(NOW + ARTIFACTS_MAX);
    expect(parseLedger(formatLedger(ledger), 'churn')).toEqual(ledger);
  });

  it('keeps what lands again and again among the last', () => {
    let ledger = once;
    for (let n = 2; n <= ARTIFACTS_MAX + 9; n += 1) {
      ledger = withArtifact(ledger, marker(n), NOW + n);
      ledger = withArtifact(ledger, marker(1), NOW + n);
    }
    expect(remembered(ledger, marker(1))?.at).toBe(NOW);
  });

  it('is told for every instant and every name', () => {
    fc.assert(
      fc.property(fc.nat(4e12), fc.string(), fc.string({ minLength: 1 }), (at, name, checksum) => {
        const artifact = { marker: name, checksum };
        expect(remembered(withArtifact(ledgerWith(), artifact, at), artifact)?.at).toBe(at);
        const failed = withFailedArtifact(withArtifact(ledgerWith(), artifact, at), artifact);
        expect(remembered(failed, artifact)).toEqual({ at, hasFailed: true });
      }),
    );
  });
});

describe('firstWanted', () => {
  it('is what the ledger remembers of an artifact', () => {
    const object = objectOf({ createdAt: NOW + 500 });
    const { checksum = '' } = checksumOf(object);
    const ledger = withArtifact(ledgerWith(), { marker: object.name, checksum }, NOW);
    expect(firstWanted(ledger)(foundAt(object))).toBe(NOW);
    expect(firstWanted(ledger)(foundAt(objectOf({ createdAt: NOW + 500, size: 6 })))).toBeNull();
    expect(firstWanted(ledgerWith())(foundAt(object))).toBeNull();
    expect(firstWanted(null)(foundAt(object))).toBeNull();
  });
});
