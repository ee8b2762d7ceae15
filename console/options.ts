/** What the routes of data and actions work with. */
import type { Session } from '../cli/session.ts';
import type { Admit, Keys } from './door.ts';
import type { Live } from './live.ts';
import type { Reader } from './reader/reader.ts';

export interface DataOptions {
  readonly session: Session;
  readonly reader: Reader;
  readonly live: Live;
  readonly keys: Keys;
  readonly admit: Admit;
  readonly actions: boolean;
  readonly local: string | null;
  /** Stated in what is published where no identity provider has proven who acts; null: nothing is. */
  readonly requestedBy: string | null;
}
