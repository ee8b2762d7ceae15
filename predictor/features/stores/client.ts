/** The clients of stores: an installation without them serves everything else. */
import { StoreError } from './store.ts';

/** The package that `load` imports. Rejects with a StoreError if it is not installed. */
export async function clientOf<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    throw new StoreError(`this image is without the package ${name}`, {
      cause: error,
      isLasting: true,
    });
  }
}
