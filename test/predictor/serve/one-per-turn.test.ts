import { expect, test } from 'vitest';
import { YieldingQueue } from '../../../predictor/serve/one-per-turn.ts';

test('work is done in order, with a turn of the event loop between', async () => {
  const done: string[] = [];
  const turns = new YieldingQueue();
  turns.add(() => done.push('a'));
  turns.add(() => {
    done.push('b');
    turns.add(() => done.push('d'));
  });
  turns.add(() => done.push('c'));
  const seen: string[] = [];
  while (done.length < 4) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    seen.push(done.join(''));
  }
  expect(seen).toEqual(['a', 'ab', 'abc', 'abcd']);
});
