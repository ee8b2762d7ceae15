/** What the model server of a service sees in the store for some keys: value, age and origin of each feature. */
import {
  ORIGINS,
  readReport,
  reportParameters,
  type FeatureReport,
  type Origin,
} from '../../../common/artifact/feature-report.ts';
import type { Value } from '../../../common/artifact/values.ts';
import type { Service } from '../../../functions/config/config.ts';
import { folderOfModel, readRows } from '../../../functions/release/gates/rows.ts';
import type { Ledger } from '../../../functions/release/ledger/ledger.ts';
import { EXIT, Failure } from '../../terminal/failure.ts';
import { ledgerOf, type Session } from '../../session.ts';
import type { Theme } from '../../terminal/screen.ts';
import { printable } from '../../terminal/words.ts';
import { instanceOf } from './key-instance.ts';

/** The shape of `slipway features --json`, documented in docs/cli.md. */
export interface SeenFeatures {
  readonly service: string;
  /** Which model answered: in a canary the traffic split chooses. */
  readonly deployedModel: string;
  readonly rows: readonly SeenRow[];
}

export interface SeenRow {
  readonly instance: Readonly<Record<string, unknown>>;
  readonly features: readonly {
    readonly feature: string;
    readonly value: Value;
    /** Null: the store does not say when it was true. */
    readonly ageSeconds: number | null;
    readonly from: (typeof ORIGINS)[Origin];
  }[];
}

/** Golden rows that are asked for where no key is named. */
const GOLDEN_ROWS = 5;

type Instance = Readonly<Record<string, unknown>>;

/** `keys`: as key-instance.ts reads them. Throws a Failure, a Problem or a CallError. */
export async function seenFeatures(
  session: Session,
  service: Service,
  keys: readonly string[],
): Promise<SeenFeatures> {
  if (service.interface === null || service.features === null)
    throw new Failure(EXIT.usage, `${service.name} has no features in slipway.yaml`);
  const ledger = await ledgerOf(session, service);
  if (ledger === null || ledger.live === null || ledger.endpoint === null)
    throw new Failure(EXIT.failed, `${service.name} has no live model that could be asked`);
  if (ledger.reportSeed === undefined)
    throw new Failure(
      EXIT.failed,
      'the live model was uploaded before its service had features: release it again',
    );
  const instances =
    keys.length > 0
      ? keys.map((key) => instanceOf(service, key))
      : await goldenInstances(session, ledger.live);
  const parameters = reportParameters(ledger.reportSeed, instances, session.world.clock.now());
  const answer = await session.world.vertex.predict(ledger.endpoint, instances, parameters);
  const report = readReport(answer.predictions[0]);
  if (report === null)
    throw new Failure(EXIT.failed, 'the model server answers no report of its features: is its image older?');
  return { service: service.name, deployedModel: answer.deployedModel, rows: rowsOf(instances, report) };
}

function rowsOf(instances: readonly Instance[], { features, rows }: FeatureReport): SeenRow[] {
  return rows.map(({ values, agesMs, from }, i) => ({
    instance: instances[i] ?? {},
    features: features.map((feature, at) => {
      const age = agesMs[at] ?? null;
      const origin = Object.entries(ORIGINS).find(([letter]) => letter === from[at]);
      return {
        feature,
        value: values[at] ?? null,
        ageSeconds: age === null ? null : Math.round(age / 1000),
        from: origin?.[1] ?? 'nothing',
      };
    }),
  }));
}

async function goldenInstances(
  { world }: Session,
  { request }: NonNullable<Ledger['live']>,
): Promise<Instance[]> {
  const rows = await readRows(world, folderOfModel({ request }), GOLDEN_ROWS);
  if (typeof rows === 'string') throw new Failure(EXIT.usage, `name a key by --key, since ${rows}`);
  return rows.map(({ instance }) => Object(instance));
}

export function seenText({ service, deployedModel, rows }: SeenFeatures, { paint }: Theme): string[] {
  const width = Math.max(0, ...rows.flatMap((row) => row.features.map(({ feature }) => feature.length)));
  return [
    `${paint('bold', service)}, deployed model ${deployedModel}`,
    ...rows.flatMap(({ instance, features }) => [
      printable(JSON.stringify(instance)),
      ...features.map(({ feature, value, ageSeconds, from }) => {
        const age = ageSeconds === null ? '' : `, ${ageSeconds} s old`;
        const text = `  ${printable(feature).padEnd(width)}  ${printable(JSON.stringify(value))}  ${paint('dim', from + age)}`;
        return from === 'store' || from === 'request' ? text : paint('yellow', text);
      }),
    ]),
  ];
}
