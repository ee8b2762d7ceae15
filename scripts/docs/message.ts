/** What docs/messages.md says of a kind of message. */
import type { TObject } from 'typebox';

interface Example {
  /** What it asks for, or says. */
  readonly says: string;
  readonly message: object;
}

export interface Message {
  readonly name: string;
  readonly title: string;
  readonly topic: 'requests' | 'events' | 'ticks';
  readonly about: string;
  readonly schema: TObject;
  readonly examples: readonly Example[];
}
