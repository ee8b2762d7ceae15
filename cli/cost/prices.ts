/**
 * What the machines of a service cost an hour, by the table beside this file. An estimate before discounts: Google's
 * bill is what counts.
 */
import { readFileSync } from 'node:fs';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { parse } from 'yaml';
import type { Machines } from '../../functions/config/deployment.ts';

const Prices = Type.Record(Type.String(), Type.Number({ exclusiveMinimum: 0 }));

const PriceTable = Type.Object({
  source: Type.String(),
  /** When it was last compared with its source, as YYYY-MM-DD. */
  date: Type.String({ pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' }),
  machines: Prices,
  accelerators: Prices,
  regions: Prices,
});

export const PRICES = Value.Parse(
  PriceTable,
  parse(readFileSync(new URL('prices.yaml', import.meta.url), 'utf8')),
);

/** In US dollars for one replica; null, with the reason, where the table cannot tell. */
export interface ReplicaPrice {
  readonly perHour: number | null;
  readonly unknown: string | null;
  /** Of the table. */
  readonly date: string;
}

type Priced = Pick<Machines, 'machineType' | 'accelerator' | 'spot'>;

/** Series whose machines have their accelerators in the price. */
const WITH_ACCELERATORS = /^[ag][0-9]/;

export function replicaPrice({ machineType, accelerator, spot }: Priced, region: string): ReplicaPrice {
  const { machines, accelerators, regions, date } = PRICES;
  const without = (what: string) => ({ perHour: null, unknown: `no price of ${what} in the table`, date });
  if (spot) return { perHour: null, unknown: 'the price of Spot machines changes all the time', date };
  const machine = machines[machineType];
  if (machine === undefined) return without(machineType);
  const factor = regions[region];
  if (factor === undefined) return without(`region ${region}`);
  if (accelerator === null || WITH_ACCELERATORS.test(machineType))
    return { perHour: machine * factor, unknown: null, date };
  const added = accelerators[accelerator.type];
  if (added === undefined || accelerator.partition !== undefined) return without(accelerator.type);
  return { perHour: (machine + added * accelerator.count) * factor, unknown: null, date };
}

/** `$0.11`, `$0.077`, `$12`: three digits that count, cents at least. */
export function dollars(amount: number): string {
  if (amount >= 100) return `$${Math.round(amount)}`;
  return `$${amount >= 0.1 || amount === 0 ? amount.toFixed(2) : Number(amount.toPrecision(2))}`;
}
