/** How the values of a key are written as one text: the name of a Firestore document, an entity's ID on Vertex AI. */
import type { Value } from './values.ts';

/**
 * One value as it is; several with "," between them. What could be mistaken, and what Firestore does not allow in a
 * document's ID ("/", ".", "..", "__…__"), is percent-encoded.
 * https://firebase.google.com/docs/firestore/quotas#collections_documents_and_fields
 */
export function keyText(values: readonly Exclude<Value, null>[]): string {
  return values.map((value) => encoded(String(value))).join(',');
}

function encoded(text: string): string {
  const safe = encodeURIComponent(text);
  if (safe === '.' || safe === '..') return safe.replaceAll('.', '%2E');
  return safe.startsWith('__') ? `%5F${safe.slice(1)}` : safe;
}
