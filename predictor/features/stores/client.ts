/** The clients of stores: an installation without them serves everything else. */
import { exportsOf } from './exports-of.ts';
import { StoreError } from './store.ts';

/** The package that `load` imports. Rejects with a StoreError if it is not installed. */
export async function clientOf<T extends object>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return exportsOf(await load());
  } catch (error) {
    throw new StoreError(`this image is without the package ${name}`, {
      cause: error,
      isLasting: true,
    });
  }
}
