/** The words that every command uses for times, artifacts and text of others. */
import { matches, patternsOf, type ArtifactPattern } from '../../functions/config/pattern.ts';
import { folderOf, isOfRegistry, shortModelName, type MarkerGeneration } from '../../common/artifact/uri.ts';
import { safeText } from '../../common/safe-text.ts';

/** `850 ms` → `1 s`; at most two units, the larger one first. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return both(minutes, 'm', seconds % 60, 's');
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return both(hours, 'h', minutes % 60, 'm');
  return both(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

function both(large: number, unit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${smallUnit}`;
}

/** `2026-11-23 18:04:09Z`: short, sortable, and the same for everybody who reads it. */
export function moment(at: number): string {
  return new Date(at).toISOString().replace('T', ' ').replace(/\.\d+/, '');
}

export function iso(at: number): string {
  return new Date(at).toISOString();
}

/** Seconds with one decimal, as in the messages on the events topic. */
export function inSeconds(ms: number): number {
  return Math.round(ms / 100) / 10;
}

/** `1044` → `1.0 kB`, in units of a thousand. */
export function bytes(count: number): string {
  if (count < 1000) return `${count} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = count / 1000;
  let unit = 0;
  for (; value >= 999.5 && unit < units.length - 1; unit += 1) value /= 1000;
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** The middle one, or the mean of the two in the middle; null of nothing. */
export function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  return upper === undefined || lower === undefined ? null : (upper + lower) / 2;
}

/**
 * What tells one artifact of a service from another: what stands where its pattern has `*`; of a model of the registry its
 * ID and version.
 */
export function nameOf(
  pattern: ArtifactPattern,
  { bucket, marker, generation = '' }: Omit<MarkerGeneration, 'generation'> & { generation?: string },
): string {
  if (isOfRegistry({ bucket })) return shortModelName({ marker, generation });
  const segments = marker.split('/');
  const own =
    patternsOf(pattern).find((each) => matches({ ...each, others: [] }, each.bucket, marker)) ?? pattern;
  if (segments.length !== own.segments.length) return folderOf(own.bucket, marker);
  return segments.filter((_, i) => own.segments[i] === '*').join('/');
}

/** Text that others wrote, fit for one line of a terminal: no line breaks, escapes or turned text. */
export function printable(text: string): string {
  return safeText(text.replaceAll(/\s+/g, ' '), '�').trim();
}

/** ` by WHO: WHY`, as far as they are known. */
export function byWhom(requestedBy: string | null, reason: string): string {
  const who = requestedBy === null ? '' : ` by ${requestedBy}`;
  return `${who}${reason === '' ? '' : `: ${reason}`}`;
}

/** Who asked, as the message has stated it; null: it has not. */
export function requester(stated: string | undefined): string | null {
  return stated === undefined ? null : printable(stated);
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
