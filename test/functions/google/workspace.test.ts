/** The memory for rows that the batches of a process share. */
import { expect, it } from 'vitest';
import { growingBuffers, sharedWorkspace } from '../../../functions/google/workspace.ts';

it('lets one work at a time, in the order in which they came', async () => {
  const workspace = sharedWorkspace();
  const seen: string[] = [];
  const gates = new Map(['a', 'b'].map((name) => [name, Promise.withResolvers<void>()] as const));
  const works = ['a', 'b'].map((name) =>
    workspace.use(async () => {
      seen.push(`${name} begins`);
      await gates.get(name)?.promise;
      seen.push(`${name} ends`);
    }),
  );
  gates.get('b')?.resolve();
  gates.get('a')?.resolve();
  await Promise.all(works);
  expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
});

it('keeps its buffers, but not after a failure: what was not sent to its end may still be read', async () => {
  const workspace = sharedWorkspace();
  const bufferOf = () => workspace.use(async (buffers) => buffers.get('output', 4));
  const first = await bufferOf();
  expect(await bufferOf()).toBe(first);
  const failure = workspace.use(() => Promise.reject(new Error('the upload broke off')));
  await expect(failure).rejects.toThrow('broke off');
  expect(await bufferOf()).not.toBe(first);
});

it('has nobody wait for ever, and goes on when the work has ended', async () => {
  const workspace = sharedWorkspace(5);
  const gate = Promise.withResolvers<void>();
  const long = workspace.use(() => gate.promise);
  await expect(workspace.use(async () => 'never')).rejects.toMatchObject({
    method: 'workspace.use',
    status: 'UNAVAILABLE',
  });
  gate.resolve();
  await long;
  expect(await workspace.use(async () => 'next')).toBe('next');
});

it('makes a buffer larger with what it had', () => {
  const buffers = growingBuffers();
  buffers.get('piece', 2).write('ab');
  expect(buffers.get('piece', 8).toString('latin1', 0, 2)).toBe('ab');
  expect(buffers.get('piece', 1).length).toBe(8);
});
