import { expect, test } from 'vitest';

import { VirtualClock } from '../../../emulator/core/clock.ts';
import { ApiError } from '../../../emulator/core/errors.ts';
import { Operations } from '../../../emulator/core/operations.ts';
import type { OperationStart } from '../../../emulator/core/operations.ts';
import { seededRandom } from '../../../emulator/core/random.ts';

const parent = 'projects/1/locations/l/endpoints/e';

function begin(more: Partial<OperationStart> = {}) {
  const clock = new VirtualClock();
  const operations = new Operations({ clock, random: seededRandom(1) });
  const effects: string[] = [];
  const { name } = operations.start({
    parent,
    metadata: { '@type': 'type.googleapis.com/M' },
    durationMs: 1000,
    finish: () => {
      effects.push('finished');
      return { '@type': 'type.googleapis.com/R' };
    },
    failed: (error) => effects.push(error.message),
    ...more,
  });
  return { clock, operations, effects, name, get: () => operations.get(name) };
}

test('an operation has its effect when its time has passed', async () => {
  const { clock, effects, get, name } = begin();
  expect(name).toMatch(/^projects\/1\/locations\/l\/endpoints\/e\/operations\/\d+$/);
  await clock.advance(999);
  expect([get().done, effects]).toEqual([undefined, []]);
  await clock.advance(1);
  expect(effects).toEqual(['finished']);
  expect(get()).toEqual({
    name,
    done: true,
    metadata: {
      '@type': 'type.googleapis.com/M',
      genericMetadata: { createTime: '2026-01-01T00:00:00.000Z', updateTime: '2026-01-01T00:00:01.000Z' },
    },
    response: { '@type': 'type.googleapis.com/R' },
  });
});

test('it also waits for its work', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { clock, effects } = begin({ ready: promise });
  await clock.advance(5000);
  expect(effects).toEqual([]);
  resolve();
  await expect.poll(() => effects).toEqual(['finished']);
});

test('an error of its work ends it at once', async () => {
  const { effects, get } = begin({ ready: Promise.reject(new ApiError('FAILED_PRECONDITION', 'no')) });
  await expect.poll(() => effects).toEqual(['no']);
  expect(get()).toMatchObject({ done: true, error: { code: 9, message: 'no' } });
});

test('an error of its effect is its error', async () => {
  const { clock, effects, get } = begin({
    finish: () => {
      throw new ApiError('NOT_FOUND', 'gone');
    },
  });
  await clock.advance(1000);
  expect([get().error, effects]).toEqual([{ code: 5, message: 'gone' }, ['gone']]);
});

test('a cancelled operation never has its effect, a finished one stays as it is', async () => {
  const { clock, effects, get, name, operations } = begin();
  operations.cancel(name);
  await clock.advance(1000);
  expect([get().error?.code, effects]).toEqual([1, ['The operation was cancelled.']]);
  const other = begin({ cancellable: false });
  other.operations.cancel(other.name);
  await other.clock.advance(1000);
  other.operations.cancel(other.name);
  expect([other.get().error, other.effects]).toEqual([undefined, ['finished']]);
});

test('waiting ends with the operation or with its own time', async () => {
  const { clock, name, operations } = begin();
  const early = operations.wait(name, 500);
  const late = operations.wait(name, 5000);
  await clock.advance(500);
  expect((await early).done).toBeUndefined();
  await clock.advance(500);
  expect((await late).done).toBe(true);
});

test('operations are listed below their resource and forgotten when deleted', () => {
  const { name, operations } = begin();
  expect(operations.list('projects/1/locations/l').map(({ name }) => name)).toEqual([name]);
  expect(operations.list('projects/1/locations/l/endpoints/other')).toEqual([]);
  operations.delete(name);
  expect(() => operations.get(name)).toThrow(expect.objectContaining({ status: 'NOT_FOUND' }));
});
