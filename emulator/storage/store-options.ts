/** What a store and the calls of it may be given. */
import type { Clock } from '../core/clock.ts';
import type { Checksums } from './checksums.ts';
import type { ObjectAttributes } from './object.ts';
import type { Preconditions } from './preconditions.ts';

export interface StoreOptions {
  readonly clock: Clock;
  /** Keeps everything in this directory, which is made when it is not there; otherwise all is in memory. */
  readonly dataDir?: string;
  /** Where the links in events lead; Google's own address when left out. */
  readonly baseUrl?: () => string;
  /** Whether a second write to one object name within a second is refused with 429, as Google does. */
  readonly limitWrites?: boolean;
}

export interface PutOptions {
  readonly attributes?: ObjectAttributes;
  readonly preconditions?: Preconditions;
  /** Each is checked against the content; a mismatch is a 400 and nothing is written. */
  readonly checksums?: Checksums | readonly Checksums[];
  /** Given for a composite object, which then has no MD5. */
  readonly componentCount?: number;
  /** False for what the XML API put together out of parts, which has no MD5 either. */
  readonly md5?: boolean;
}

/** Which generation is meant, and what is demanded of it. */
export interface Selection {
  readonly generation?: string | undefined;
  readonly preconditions?: Preconditions;
}
