/** Why a model serves: from the endpoint back to who asked for it. */
import type { Service } from '../../../functions/config/config.ts';
import { ownerOf } from '../../../functions/release/ids.ts';
import type { Ledger } from '../../../functions/release/ledger/ledger.ts';
import { uriOf, folderPrefix, parseUri } from '../../../common/artifact/uri.ts';
import { matches } from '../../../functions/config/pattern.ts';
import type { Artifacts, DeployedModel, Endpoint } from '../../../functions/world.ts';
import { filesOf } from '../plan/stated-digests.ts';
import { ledgerOf, type Session } from '../../session.ts';
import { traceFeatures, type TracedView } from './features.ts';
import { unusedViews, type UnusedView } from './unused-views.ts';
import type { VersionDetails } from '../../ledger-view/version-details.ts';
import { artifactName } from '../../ledger-view/progress.ts';
import { wentBackFrom } from '../../ledger-view/rollback-origin.ts';
import { verdictViews, type VerdictView } from '../../ledger-view/verdicts.ts';
import { inSeconds, iso, nameOf, printable, requester } from '../../terminal/words.ts';

/** The shape of `slipway why --json`, documented in docs/cli.md: one chain for each model that has traffic. */
export interface WhyReport {
  readonly service: string;
  readonly endpoint: string | null;
  readonly serving: readonly Chain[];
  /** Views of the store, or versions of them, that neither the live model reads, nor its standby, nor the candidate. */
  readonly unusedViews: readonly UnusedView[];
}

export interface Chain {
  readonly deployedModel: string;
  readonly percent: number;
  /** Null: Slipway did not deploy it. */
  readonly release: string | null;
  readonly attempt: number | null;
  readonly displayName: string;
  readonly version: {
    readonly name: string;
    readonly uploadedAt: string;
    readonly image: string;
    /** `sha256:…`; null: the image is named by a tag, which may mean another one by now. */
    readonly imageDigest: string | null;
    readonly artifactUri: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly aliases: readonly string[];
  } | null;
  readonly artifact: TracedArtifact | null;
  /** The views that it reads features of, and their versions; none: it reads none, or the artifact is another by now. */
  readonly features: readonly TracedView[];
  readonly asked: {
    readonly by: string;
    /** What names the request, where a person or a program chose it. */
    readonly requestId: string | null;
    /** Who asked for it and who had it promoted, as the messages state; null: they do not. */
    readonly requestedBy: string | null;
    readonly promotedBy: string | null;
    readonly acceptedAt: string;
    readonly liveAt: string | null;
    readonly elapsedSeconds: number | null;
  } | null;
  /** The last that each gate said of it; none: it had none, or the ledger has forgotten. */
  readonly gates: readonly VerdictView[];
  /** What it went back from, where a rollback made it serve. */
  readonly rollback: { readonly from: string; readonly name: string | null } | null;
}

export interface TracedArtifact {
  readonly name: string;
  readonly uri: string;
  /** same: the object is there still; overwritten: another generation is; gone: none is. */
  readonly state: 'same' | 'overwritten' | 'gone';
  readonly createdAt: string | null;
  readonly size: number | null;
  /** Of the marker, as manifest.json states it. */
  readonly sha256: string | null;
  /** As manifest.json states them; none where there is no manifest, or the artifact is not the same any more. */
  readonly files: readonly { readonly path: string; readonly size: number; readonly sha256: string }[];
}

export async function whyReport(session: Session, service: Service): Promise<WhyReport> {
  const { vertex, artifacts } = session.world;
  const ledger = await ledgerOf(session, service);
  const known = ledger?.endpoint ?? null;
  const [found] = known === null ? await vertex.findEndpoints(service.parent, service.endpoint) : [];
  const endpoint = known === null ? found : await vertex.getEndpoint(known);
  if (!endpoint) return { service: service.name, endpoint: null, serving: [], unusedViews: [] };
  const serving = endpoint.deployedModels.filter((model) => (endpoint.traffic.get(model.id) ?? 0) > 0);
  const chains = await Promise.all(
    serving.map(async (model) => {
      const details = await session.versionDetails(model.model, model.version);
      return traced(artifacts, service, ledger, endpoint, model, details);
    }),
  );
  const ordered = chains.toSorted((a, b) => b.percent - a.percent);
  const unused = await unusedViews(artifacts, service, ledger);
  return { service: service.name, endpoint: endpoint.name, serving: ordered, unusedViews: unused };
}

async function traced(
  artifacts: Artifacts,
  service: Service,
  ledger: Ledger | null,
  endpoint: Endpoint,
  model: DeployedModel,
  details: VersionDetails | null,
): Promise<Chain> {
  const owner = ownerOf(model.id, model.displayName);
  // A rollback makes serve again what an earlier release has deployed.
  const live = ledger?.live?.deployedModel === model.id ? ledger.live : null;
  const release = owner === null ? null : (live?.request.id ?? owner.release);
  const uri = release === null ? null : artifactOf(ledger, release, details);
  const artifact = uri === null ? null : await traceArtifact(artifacts, service, uri);
  return {
    deployedModel: model.id,
    percent: endpoint.traffic.get(model.id) ?? 0,
    release,
    attempt: owner?.attempt ?? null,
    displayName: printable(model.displayName),
    version: details && {
      name: `${model.model}@${model.version}`,
      uploadedAt: iso(details.createdAt),
      image: details.image,
      imageDigest: /@(sha256:[0-9a-f]{64})$/.exec(details.image)?.[1] ?? null,
      artifactUri: details.artifactUri,
      labels: Object.fromEntries(details.labels),
      aliases: details.aliases,
    },
    artifact,
    features: await traceFeatures(artifacts, service, artifact),
    asked: release === null ? null : askedOf(ledger, release),
    gates: release === null ? [] : gatesOf(ledger, release),
    rollback: ledger === null || release === null ? null : rollbackOf(service, ledger, release),
  };
}

/** From the ledger; a release that it has forgotten has left its artifact in the version's description. */
function artifactOf(ledger: Ledger | null, release: string, details: VersionDetails | null): string | null {
  const live = ledger?.live;
  if (live?.request.id === release) return uriOf(live.request);
  return ledger?.outcomes.find((o) => o.release === release)?.artifact ?? details?.description ?? null;
}

async function traceArtifact(
  artifacts: Artifacts,
  service: Service,
  uri: string,
): Promise<TracedArtifact | null> {
  const parsed = parseUri(uri);
  // A description can be edited: only what is an artifact of this service is looked for.
  if (parsed === null || !matches(service.artifacts, parsed.bucket, parsed.marker)) return null;
  const { bucket, marker, generation } = parsed;
  const name = nameOf(service.artifacts, parsed);
  const found = await artifacts.head(bucket, marker);
  const unknown = { sha256: null, files: [] };
  if (found === null) return { name, uri, state: 'gone', createdAt: null, size: null, ...unknown };
  const { size } = found;
  const createdAt = iso(found.createdAt);
  if (found.generation !== generation)
    return { name, uri, state: 'overwritten', createdAt, size, ...unknown };
  const folder = folderPrefix(marker);
  const manifest = await artifacts.head(bucket, `${folder}manifest.json`);
  const text = manifest === null ? null : await artifacts.read(manifest, 262_144);
  const files = filesOf(text);
  const sha256 = files.find(({ path }) => folder + path === marker)?.sha256 ?? null;
  return { name, uri, state: 'same', createdAt, size, sha256, files };
}

function askedOf(ledger: Ledger | null, release: string): Chain['asked'] {
  const requests = [ledger?.live, ledger?.release, ledger?.previous?.live].map((known) => known?.request);
  const known = requests.find((request) => request?.id === release);
  // What an artifact made is ordered by its generation, and no message names it.
  const requestId = known?.askedBy === 'request' ? known.order.tie : null;
  const outcome = ledger?.outcomes.find((o) => o.release === release && o.result === 'Live');
  if (outcome !== undefined) {
    const { askedBy, acceptedAt, endedAt } = outcome;
    return {
      by: askedBy,
      requestId,
      requestedBy: requester(outcome.requestedBy),
      promotedBy: requester(outcome.promotedBy),
      acceptedAt: iso(acceptedAt),
      liveAt: iso(endedAt),
      elapsedSeconds: inSeconds(endedAt - acceptedAt),
    };
  }
  if (known === undefined) return null;
  return {
    by: known.askedBy,
    requestId,
    requestedBy: requester(known.requestedBy),
    promotedBy: null,
    acceptedAt: iso(known.acceptedAt),
    liveAt: null,
    elapsedSeconds: null,
  };
}

function gatesOf(ledger: Ledger | null, release: string): VerdictView[] {
  if (ledger?.release?.request.id === release) return verdictViews(ledger.release.verdicts);
  return verdictViews(ledger?.outcomes.find((o) => o.release === release && o.result === 'Live')?.verdicts);
}

function rollbackOf(service: Service, ledger: Ledger, release: string): Chain['rollback'] {
  const from = wentBackFrom(ledger, release);
  if (from === null) return null;
  const outcome = ledger.outcomes.find((o) => o.release === from);
  return { from, name: outcome === undefined ? null : artifactName(service, outcome.artifact) };
}
