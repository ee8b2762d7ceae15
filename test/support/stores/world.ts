/** What a store has to hold for the contract suite, and who holds it. */
import type { StoreSettings } from '../../../common/artifact/feature-settings.ts';

export type Cell = number | string | boolean | null | readonly number[];

/** A table: its key columns, its rows, and the time of each, in ISO 8601. */
export interface Table {
  readonly name: string;
  readonly key: readonly string[];
  readonly rows: readonly Readonly<Record<string, Cell>>[];
  readonly time: string;
}

export const TIME = '2026-11-20T10:30:00.250Z';

export const CUSTOMERS: Table = {
  name: 'customers',
  key: ['customer_id'],
  time: TIME,
  rows: [
    { customer_id: 'c-1', orders: 3, score: 0.5, country: 'DE', vip: true, recent: [1, 2.5] },
    { customer_id: 'c-2', orders: null, score: -1e300, country: '', vip: false, recent: [] },
    { customer_id: "o'neil/..,%", orders: 5, score: 1, country: '日本 "x"', vip: false, recent: [0] },
    { customer_id: '42', orders: 6, score: 0, country: 'FR', vip: true, recent: [7] },
  ],
};

export const PAIRS: Table = {
  name: 'pairs',
  key: ['shop', 'item'],
  time: TIME,
  rows: [
    { shop: 1, item: 'a', price: 10 },
    { shop: 1, item: 'b', price: 20 },
    { shop: 2, item: 'a', price: 30 },
  ],
};

export interface Server {
  readonly settings: StoreSettings;
  /** Of the environment while the store is used, such as the address of an emulator. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

export interface Subject {
  readonly name: string;
  /** What is missing on this machine, or null. */
  readonly lacks: () => string | null;
  start(tables: readonly Table[]): Promise<Server>;
  /** What it has no lists for, or no composite keys. */
  readonly without?: readonly ('lists' | 'pairs')[];
  /** What it says itself of the time of rows in a view without a time column. */
  readonly ownTimes: boolean;
}
