/**
 * Asks the candidate's own server, through its endpoint, what it finds in the store for the keys of its golden rows: a
 * signed request that runs no model (common/artifact/feature-report.ts).
 */
import {
  readReport,
  REPORT_INSTANCES_MAX,
  REPORT_VALUES_MAX,
  reportParameters,
  type FeatureReport,
} from '../../../common/artifact/feature-report.ts';
import type { Features } from '../../../common/artifact/features.ts';
import type { GoldenRow } from '../../../common/artifact/golden-row.ts';
import { Problem } from '../../errors.ts';
import type { World } from '../../world.ts';
import { readMapping } from '../checks/mapping.ts';
import type { Ledger, Release, Request } from '../ledger/ledger.ts';
import { noAnswer } from './golden.ts';
import type { Judgement } from './judgement.ts';
import { probe, type ProbeWorld } from './probe.ts';
import { folderOfModel, readRows } from './rows.ts';

export interface FeaturesWorld extends ProbeWorld, Pick<World, 'artifacts'> {}

/** Whom to ask, and how. */
export interface Asked {
  readonly endpoint: string;
  readonly candidate: string;
  /** Its share of the traffic. */
  readonly percent: number;
}

/** A report with the mapping it is of; `none`: there is nothing to ask, and never will be; or why there is none yet. */
export type Found =
  | { readonly report: FeatureReport; readonly mapping: Features }
  | { readonly none: Judgement['reason'] }
  | Judgement;

export async function askFeatures(
  world: FeaturesWorld,
  { reportSeed }: Pick<Ledger, 'reportSeed'>,
  release: Pick<Release, 'request' | 'madeFrom'>,
  asked: Asked,
  most: number,
): Promise<Found> {
  const mapping = await mappingOf(world, release.request);
  if (typeof mapping === 'string') return { none: mapping };
  const width = new Set(
    mapping.inputs.flatMap(({ columns }) =>
      columns.flatMap(({ view, field }) => (view === null ? [] : [`${view}.${field}`])),
    ),
  ).size;
  if (width === 0) return { verdict: 'pass', reason: 'the model takes no stored features' };
  if (reportSeed === undefined) return { none: 'the model was uploaded before there were reports' };
  const fitting = Math.floor(REPORT_VALUES_MAX / width);
  const rows = await readRows(world, folderOfModel(release), Math.min(most, REPORT_INSTANCES_MAX, fitting));
  if (typeof rows === 'string') return { none: rows };
  const report = await reportOf(world, reportSeed, rows, asked);
  return 'verdict' in report ? report : { report, mapping };
}

async function mappingOf(world: FeaturesWorld, request: Request): Promise<Features | string> {
  try {
    const { bucket, marker } = request;
    const mapping = await readMapping(world.artifacts, { marker: { bucket, name: marker }, manifest: null });
    return mapping ?? 'the artifact has no features.json';
  } catch (error) {
    if (error instanceof Problem) return `features.json: ${error.detail}`;
    throw error;
  }
}

async function reportOf(
  world: FeaturesWorld,
  seed: string,
  rows: readonly GoldenRow[],
  { endpoint, candidate, percent }: Asked,
): Promise<FeatureReport | Judgement> {
  const instances = rows.map(({ instance }) => instance);
  const parameters = reportParameters(seed, instances, world.clock.now());
  const heard = await probe(world, endpoint, rows, [candidate], parameters);
  const answer = heard.answers.get(candidate);
  if (answer === undefined) return noAnswer(heard, percent);
  const report = readReport(answer[0]);
  if (report === null || report.rows.length !== rows.length)
    return { verdict: 'hold', reason: 'the model server answers no report of its features' };
  return report;
}
