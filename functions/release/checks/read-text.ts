/** Reads small files beside a model, which their owner may write again at any time. */
import { CallError } from '../../errors.ts';
import type { Artifacts, StoredObject } from '../../world.ts';

/**
 * The text of an object that was seen a moment ago; null: it is larger than `maxBytes`. Rejects with a CallError ABORTED
 * where it was deleted or overwritten since: the next look finds what is there now.
 */
export async function readText(
  artifacts: Pick<Artifacts, 'read'>,
  object: StoredObject,
  maxBytes: number,
): Promise<string | null> {
  if (object.size > maxBytes) return null;
  const text = await artifacts.read(object, maxBytes);
  if (text === null) throw goneWhileRead('artifacts.read', object);
  return text;
}

/** Passes: what is there now is looked at by the next try. */
export function goneWhileRead(method: string, { name }: StoredObject): CallError {
  return new CallError(method, 'ABORTED', `${name} was deleted or overwritten while it was read`);
}
