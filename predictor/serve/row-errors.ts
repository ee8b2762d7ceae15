/**
 * What stands in the place of a prediction where a row is refused alone: `{"error": {"code", "status", "message"}}`,
 * with the instance's `key` before it if there is one. Batch prediction takes an answer only with status 200 and a
 * value for every instance, and fails all rows of the request otherwise.
 */
import { KEY } from '../../common/artifact/interface.ts';
import { reasonOf, type RefusedRow } from './refused.ts';

/** What a row that does not fit costs: the request, answered with 400, or its own prediction. */
export type Errors = 'request' | 'row';

/** What a row is refused for: with the message it has beside its row, or by the model. */
export type RowFault = { readonly inRow: string } | RefusedRow;

/** `key`: JSON text of the instance's key, or null. */
export function rowError(fault: RowFault, key: string | null): string {
  const message = 'inRow' in fault ? fault.inRow : reasonOf(fault);
  const text = `{"code":400,"status":"INVALID_ARGUMENT","message":${JSON.stringify(message)}}`;
  return key === null ? `{"error":${text}}` : `{"${KEY}":${key},"error":${text}}`;
}
