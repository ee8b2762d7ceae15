/** Changes of intake, which never holds the ledger. */
import { describe, expect, it } from 'vitest';
import { CallError } from '../../../../functions/errors.ts';
import { changeLedger } from '../../../../functions/release/ledger/leased-ledger.ts';
import { asking, waiting, worldWith, type Fate } from './write-fates.ts';

describe('changeLedger', () => {
  it('makes the ledger where there is none', async () => {
    const { world } = worldWith();
    await changeLedger(world, 'churn', 'a', asking(1));
    expect(waiting(world)).toEqual(['churn/v1/model.onnx']);
  });

  it('writes nothing when nothing changes', async () => {
    const { world, writes } = worldWith();
    await changeLedger(world, 'churn', 'a', asking(1));
    await changeLedger(world, 'churn', 'b', asking(1));
    expect(writes).toHaveLength(1);
  });

  it.each<[string, Fate[], number]>([
    ['recognises its own write when the reply was lost', ['lost'], 1],
    ['recognises it also when it lands after being looked for', ['late'], 2],
    ['recognises it after being throttled', ['RESOURCE_EXHAUSTED', 'lost'], 2],
    ['tries again when the write did not land', ['UNAVAILABLE', 'INTERNAL', 'DEADLINE_EXCEEDED'], 4],
    ['waits when there are too many writes', ['RESOURCE_EXHAUSTED', 'RESOURCE_EXHAUSTED'], 3],
  ])('%s', async (_, fates, tries) => {
    const { world, writes } = worldWith(...fates);
    await changeLedger(world, 'churn', 'a', asking(1));
    expect(waiting(world)).toEqual(['churn/v1/model.onnx']);
    expect(world.ledgerTexts.get('churn')?.generation).toBe('1');
    expect(writes).toHaveLength(tries);
    expect(writes.every(({ at }, i) => i === 0 || at - (writes[i - 1]?.at ?? 0) >= 1_000)).toBe(true);
  });

  it('makes its change again on what somebody else has written first', async () => {
    const { world } = worldWith();
    const read = world.ledgers.read.bind(world.ledgers);
    let raced = false;
    world.ledgers.read = async (service) => {
      const found = await read(service);
      if (!raced) {
        raced = true;
        await changeLedger(world, 'churn', 'other', asking(2));
      }
      return found;
    };
    await changeLedger(world, 'churn', 'a', asking(1));
    expect(waiting(world)).toEqual(['churn/v2/model.onnx', 'churn/v1/model.onnx']);
  });

  it.each<[string, Fate[]]>([
    ['gives up in the end', Array.from({ length: 20 }, () => 'UNAVAILABLE' as const)],
    ['does not repeat what cannot succeed', ['PERMISSION_DENIED']],
  ])('%s, and says why', async (_, fates) => {
    const { world, writes } = worldWith(...fates);
    await expect(changeLedger(world, 'churn', 'a', asking(1))).rejects.toMatchObject({ status: fates[0] });
    expect(writes.length).toBeLessThanOrEqual(6);
    expect(world.ledgerTexts.size).toBe(0);
  });

  it('leaves a second between two writes of the same ledger', async () => {
    const { world, writes } = worldWith();
    for (const n of [1, 2, 3]) await changeLedger(world, 'churn', `w${n}`, asking(n));
    const [a, b, c] = writes.map(({ at }) => at);
    expect(Number(b) - Number(a)).toBeGreaterThanOrEqual(1_100);
    expect(Number(c) - Number(b)).toBeGreaterThanOrEqual(1_100);
  });

  it('stops at a ledger that cannot be read, and leaves it', async () => {
    const { world, writes } = worldWith();
    world.ledgerTexts.set('churn', { text: '', generation: '5', updatedAt: 0 });
    await expect(changeLedger(world, 'churn', 'a', asking(1))).rejects.toMatchObject({
      code: 'LEDGER_UNREADABLE',
    });
    expect(writes).toEqual([]);
  });

  it('reads again what could not be read for a passing reason', async () => {
    const { world } = worldWith();
    const read = world.ledgers.read.bind(world.ledgers);
    let failures = 3;
    world.ledgers.read = (service) => {
      failures -= 1;
      if (failures >= 0) throw new CallError('ledgers.read', 'UNAVAILABLE', '503');
      return read(service);
    };
    await changeLedger(world, 'churn', 'a', asking(1));
    expect(waiting(world)).toHaveLength(1);
  });
});
