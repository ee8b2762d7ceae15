import { describe, expect, it } from 'vitest';
import { CallError } from '../../../../functions/errors.ts';
import {
  changeLedger,
  LeaseLost,
  LeasedLedger,
  readLedger,
} from '../../../../functions/release/ledger/leased-ledger.ts';
import type { Ledger } from '../../../../functions/release/ledger/ledger.ts';
import type { MemoryWorld } from '../../../support/memory-world.ts';
import { ledgerOf } from '../../../support/test-app.ts';
import { NOW, requestOf } from '../../../support/samples.ts';
import { asking, waiting, worldWith } from './write-fates.ts';

/** That of a ledger that was made when the test's clock began. */
const FIRST_EPOCH = NOW / 1000;

function withEndpoint(ledger: Ledger): Ledger {
  return { ...ledger, endpoint: 'e' };
}

function counted(ledger: Ledger): Ledger {
  return { ...ledger, tidy: { ...ledger.tidy, failures: ledger.tidy.failures + 1 } };
}

async function take(world: MemoryWorld, holder = 'tick-1'): Promise<LeasedLedger> {
  const held = await LeasedLedger.take(world, 'churn', holder, 600_000);
  if (held === null || held === 'busy') throw new Error(`expected the ledger, got ${held}`);
  return held;
}

describe('taking the ledger', () => {
  it('raises the epoch each time', async () => {
    const { world } = worldWith();
    await changeLedger(world, 'churn', 'a', asking(1));
    await (await take(world)).release();
    await (await take(world, 'tick-2')).release();
    expect(ledgerOf(world, 'churn')).toMatchObject({ epoch: FIRST_EPOCH + 2, lease: null });
  });

  it('is for one at a time, until the lease runs out', async () => {
    const { world } = worldWith();
    await changeLedger(world, 'churn', 'a', asking(1));
    await take(world);
    expect(await LeasedLedger.take(world, 'churn', 'tick-2', 600_000)).toBe('busy');
    await world.clock.sleep(600_001);
    expect((await take(world, 'tick-2')).ledger).toMatchObject({
      epoch: FIRST_EPOCH + 2,
      lease: { by: 'tick-2' },
    });
  });

  it('does nothing where there is no ledger', async () => {
    const { world, writes } = worldWith();
    expect(await LeasedLedger.take(world, 'churn', 'tick-1', 600_000)).toBeNull();
    expect(await readLedger(world, 'churn')).toBeNull();
    expect(writes).toEqual([]);
  });

  it('succeeds although the reply was lost', async () => {
    const { world } = worldWith('lands', 'lost');
    await changeLedger(world, 'churn', 'a', asking(1));
    expect((await take(world)).ledger.epoch).toBe(FIRST_EPOCH + 1);
  });

  it('succeeds although the reply was lost and a request came in before that was found out', async () => {
    const { world } = worldWith('lands', 'lost');
    await changeLedger(world, 'churn', 'a', asking(1));
    const read = world.ledgers.read.bind(world.ledgers);
    let reads = 0;
    world.ledgers.read = async (...args) => {
      reads += 1;
      // The first is that of the take, the second looks for what its write has become.
      if (reads === 2) {
        world.ledgers.read = read;
        await changeLedger(world, 'churn', 'b', asking(2));
      }
      return read(...args);
    };
    const held = await take(world);
    expect(held.ledger.epoch).toBe(FIRST_EPOCH + 1);
    await held.save(counted);
    await held.release();
    expect(ledgerOf(world, 'churn')).toMatchObject({ epoch: FIRST_EPOCH + 1, lease: null });
    expect(waiting(world)).toEqual(['churn/v1/model.onnx', 'churn/v2/model.onnx']);
  });

  it('is not mistaken when another tick takes it in the same moment', async () => {
    const { world } = worldWith();
    await changeLedger(world, 'churn', 'a', asking(1));
    const both = await Promise.all(['x', 'y'].map((by) => LeasedLedger.take(world, 'churn', by, 600_000)));
    expect(both.filter((held) => held instanceof LeasedLedger)).toHaveLength(1);
    expect(both).toContain('busy');
  });
});

describe('a held ledger', () => {
  it('keeps a request that came in meanwhile, and its own changes', async () => {
    const { world } = worldWith();
    await changeLedger(world, 'churn', 'a', asking(1));
    const held = await take(world);
    held.defer(withEndpoint);
    await changeLedger(world, 'churn', 'b', asking(2));
    await held.flush();
    expect(ledgerOf(world, 'churn')).toMatchObject({
      endpoint: 'e',
      epoch: FIRST_EPOCH + 1,
      lease: { by: 'tick-1' },
    });
    expect(waiting(world)).toHaveLength(2);
    expect(held.ledger).toEqual(ledgerOf(world, 'churn'));
  });

  it('writes nothing before it must, and nothing when there is nothing to write', async () => {
    const { world, writes } = worldWith();
    await changeLedger(world, 'churn', 'a', asking(1));
    const held = await take(world);
    const before = writes.length;
    held.defer(withEndpoint);
    expect(held.ledger.endpoint).toBe('e');
    expect(writes).toHaveLength(before);
    await held.flush();
    await held.flush();
    expect(writes).toHaveLength(before + 1);
  });

  it('makes each change once, although the reply to its write was lost', async () => {
    const { world } = worldWith('lands', 'lands', 'lost', 'late');
    await changeLedger(world, 'churn', 'a', asking(1));
    const held = await take(world);
    await held.save(counted);
    await held.save(counted);
    expect(ledgerOf(world, 'churn').tidy.failures).toBe(2);
  });

  it('makes each change once, although a lost write could not be looked for and others have written since', async () => {
    const { world } = worldWith('lands', 'lands', 'lost');
    await changeLedger(world, 'churn', 'a', asking(1));
    const held = await take(world);
    const read = world.ledgers.read.bind(world.ledgers);
    world.ledgers.read = () => Promise.reject(new CallError('ledgers.read', 'PERMISSION_DENIED', 'not now'));
    await expect(held.save(counted)).rejects.toThrow('not now');
    world.ledgers.read = read;
    await changeLedger(world, 'churn', 'b', asking(2));
    held.defer(withEndpoint);
    await held.flush();
    const { tidy, endpoint } = ledgerOf(world, 'churn');
    expect({ failures: tidy.failures, endpoint }).toEqual({ failures: 1, endpoint: 'e' });
    expect(waiting(world)).toEqual(['churn/v1/model.onnx', 'churn/v2/model.onnx']);
  });

  it('that another tick has taken is not written', async () => {
    const { world } = worldWith();
    await changeLedger(world, 'churn', 'a', asking(1));
    const held = await take(world);
    await world.clock.sleep(600_001);
    await take(world, 'tick-2');
    const before = world.snapshot();
    await expect(held.save(withEndpoint)).rejects.toThrow(LeaseLost);
    await expect(held.refresh()).rejects.toThrow(LeaseLost);
    expect(world.snapshot()).toEqual(before);
  });

  it('that was deleted meanwhile is not made again', async () => {
    const { world } = worldWith();
    await changeLedger(world, 'churn', 'a', asking(1));
    const held = await take(world);
    world.ledgerTexts.delete('churn');
    await expect(held.save(withEndpoint)).rejects.toThrow(LeaseLost);
    expect(world.ledgerTexts.size).toBe(0);
  });

  it('is acted on only until shortly before its lease runs out', async () => {
    const { world } = worldWith();
    await changeLedger(world, 'churn', 'a', asking(1));
    const held = await take(world);
    await world.clock.sleep(560_000);
    expect(() => held.assertHeld()).not.toThrow();
    await world.clock.sleep(20_000);
    expect(() => held.assertHeld()).toThrow(LeaseLost);
  });

  it('is let go of at once', async () => {
    const { world } = worldWith();
    await changeLedger(world, 'churn', 'a', asking(1));
    await (await take(world)).release();
    expect(ledgerOf(world, 'churn').lease).toBeNull();
  });

  it.each<[string, (ledger: Ledger) => Ledger]>([
    ['a name of an endpoint longer than any', (ledger) => ({ ...ledger, endpoint: 'x'.repeat(301) })],
    ['a time that is none', (ledger) => ({ ...ledger, tidy: { ...ledger.tidy, notBefore: Number.NaN } })],
    [
      'more than a ledger holds',
      (ledger) => ({ ...ledger, queue: Array.from({ length: 33 }, (_, n) => requestOf(n)) }),
    ],
  ])('is never made one that could not be read again, by %s', async (_, change) => {
    const { world } = worldWith();
    await changeLedger(world, 'churn', 'a', asking(1));
    const held = await take(world);
    const before = world.snapshot();
    await expect(held.save(change)).rejects.toMatchObject({ status: 'INVALID_ARGUMENT' });
    expect(world.snapshot()).toEqual(before);
  });
});
