/** What a ledger keeps of a contract: small ones as they are, larger ones packed, and digests of what is too large. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Interface } from '../../../../common/artifact/interface.ts';
import type { Signature } from '../../../../functions/release/checks/signature.ts';
import {
  contractOf,
  digestsOf,
  keepContract,
  keptInterface,
  keptSignature,
} from '../../../../functions/release/ledger/kept-contract.ts';

function signatureOf(count: number, nameOf: (i: number) => string): Signature {
  const inputs = Array.from({ length: count }, (_, i) => ({
    name: nameOf(i),
    type: 'float32',
    shape: [null, 1],
  }));
  return { inputs, outputs: [{ name: 'score', type: 'float32', shape: [null, 1] }] };
}

const byNumber = (i: number) => `feature_${i}`;
const byChance = (i: number) => createHash('sha256').update(String(i)).digest('hex');

describe('a signature', () => {
  it('is kept as it is while older builds could have kept it', () => {
    const signature = signatureOf(64, byNumber);
    expect(keepContract(signature, null)).toEqual({ signature });
    expect(keptSignature({ signature })).toEqual(signature);
  });

  it.each([65, 1_000, 5_000])('of %i inputs is kept packed, and comes back as it was', (count) => {
    const signature = signatureOf(count, byNumber);
    const kept = keepContract(signature, null);
    expect(Object.keys(kept)).toEqual(['packedSignature']);
    expect(JSON.stringify(kept).length).toBeLessThan(40_000);
    expect(keptSignature(kept)).toEqual(signature);
  });

  it('that is too large even so is kept by its digests', () => {
    const signature = signatureOf(2_000, byChance);
    const kept = keepContract(signature, null);
    expect(JSON.stringify(kept).length).toBeLessThan(200);
    expect(keptSignature(kept)).toEqual(digestsOf(signature));
  });

  it.each(['deflate:', 'deflate:AAAA', 'zip:x', ''])('is not known where the ledger has %j', (text) => {
    expect(keptSignature({ packedSignature: text })).toBeNull();
  });
});

it('an interface is kept without what is for people alone', () => {
  const contract: Interface = {
    request: { description: { type: 'string', description: 'Of the shop.' } },
    response: { score: { type: 'number', description: 'The risk.' } },
  };
  const kept = keepContract(null, contract);
  expect(keptInterface(kept)).toEqual({
    request: { description: { type: 'string' } },
    response: { score: { type: 'number' } },
  });
  expect(keptInterface({})).toBeNull();
  expect(contractOf(Object.assign({ request: 1 }, kept))).toEqual(kept);
});
