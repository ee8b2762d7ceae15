/** `Content-Range` as resumable uploads use it: `bytes 0-99/200`, and with `*` for what is not known. */
import { invalid } from './errors.ts';

export interface ContentRange {
  /** Position of the first byte of the body; undefined when the request only asks how far the upload is. */
  readonly first: number | undefined;
  /** Position of the last byte of the body; undefined when it goes as far as it goes. */
  readonly last: number | undefined;
  /** Size of the whole object. */
  readonly total: number | undefined;
}

/** Without the header, the body is the whole object. Throws a 400 StorageError. */
export function parseContentRange(header: string | undefined): ContentRange {
  if (header === undefined) return { first: 0, last: undefined, total: undefined };
  const [matched, first, last, total] = /^bytes (?:\*|(\d+)-(\d+|\*))\/(\d+|\*)$/.exec(header.trim()) ?? [];
  if (matched === undefined) throw invalid(`Failed to parse Content-Range header: '${header}'`);
  const range = { first: toNumber(first), last: toNumber(last), total: toNumber(total) };
  const ordered =
    (range.last ?? Infinity) >= (range.first ?? 0) && (range.last ?? -1) < (range.total ?? Infinity);
  if (!ordered) throw invalid(`Failed to parse Content-Range header: '${header}'`);
  return range;
}

function toNumber(digits: string | undefined): number | undefined {
  return digits === undefined || digits === '*' ? undefined : Number(digits);
}
