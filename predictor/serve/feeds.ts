/** The tensors of a run that nobody asked for. */
import type { Tensor } from '../model/runtime.ts';
import { InstanceReader } from './instances.ts';
import { Job } from './job.ts';
import type { Layout } from './layout.ts';
import { Queue } from './queue.ts';

export interface FeedsOptions {
  readonly maxBatchRows: number;
  readonly maxBatchBytes: number;
  readonly nullIsNaN: boolean;
}

/** The feeds of one run of the instances, of as many from the first on as fit. Throws a BadInput. */
export function feedsOf(
  layout: Layout,
  instances: readonly unknown[],
  options: FeedsOptions,
): readonly Tensor[] {
  const reader = new InstanceReader(layout);
  const queue = new Queue({
    ...options,
    layout,
    reader,
    shared: true,
    targetRunMs: Number.POSITIVE_INFINITY,
  });
  const nobody = new Job({
    rows: instances.length,
    keys: null,
    render: () => '',
    maxBytes: 0,
    errors: 'request',
    isDisconnected: () => false,
    settle: () => {},
  });
  queue.add(nobody, instances);
  return queue.take(() => false)?.feeds() ?? [];
}
