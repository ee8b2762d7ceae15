/** What the primary process and those that serve say to each other, over Node's channel between processes. */
import type { Findings } from '../check/check-model.ts';
import type { State } from '../health.ts';
import type { PreparedModel } from '../load/preload.ts';

/** Where all processes together stand, as the health route of each tells it. */
export interface Whole {
  readonly state: State;
  readonly processes: { readonly ready: number; readonly of: number };
}

/** What a process loads: a model that the primary has looked through and tried. */
export interface Task {
  readonly model: Omit<PreparedModel, 'store'>;
  /** Null: the model was not tried. */
  readonly findings: Findings | null;
}

export type ToProcess =
  | { readonly kind: 'task'; readonly task: Task }
  /** The port is free for it. */
  | { readonly kind: 'listen' }
  | { readonly kind: 'whole'; readonly whole: Whole }
  | { readonly kind: 'drain' }
  /** Asks for the process's own page of metrics. */
  | { readonly kind: 'page'; readonly id: number }
  /** The page of all. */
  | { readonly kind: 'pages'; readonly id: number; readonly text: string };

export type ToPrimary =
  | { readonly kind: 'loaded' }
  | { readonly kind: 'listening' }
  | { readonly kind: 'page'; readonly id: number; readonly text: string }
  /** Asks for the page of all. */
  | { readonly kind: 'pages'; readonly id: number };
