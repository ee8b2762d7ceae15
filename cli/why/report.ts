/** Why a model serves: from the endpoint back to who asked for it. */
import type { Service } from '../../functions/config.ts';
import { ownerOf } from '../../functions/release/ids.ts';
import { uriOf, type Ledger } from '../../functions/release/ledger.ts';
import { matches } from '../../functions/release/pattern.ts';
import type { Artifacts, DeployedModel, Endpoint } from '../../functions/world.ts';
import { filesOf } from '../plan/stated-digests.ts';
import { ledgerOf, type Session } from '../session.ts';
import type { VersionDetails } from '../version-details.ts';
import { inSeconds, iso, nameOf, parseUri, printable } from '../words.ts';

/** The shape of `slipway why --json`, documented in docs/cli.md: one chain for each model that has traffic. */
export interface WhyReport {
  readonly service: string;
  readonly endpoint: string | null;
  readonly serving: readonly Chain[];
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
    readonly artifactUri: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly aliases: readonly string[];
  } | null;
  readonly artifact: TracedArtifact | null;
  readonly asked: {
    readonly by: string;
    readonly acceptedAt: string;
    readonly liveAt: string | null;
    readonly elapsedSeconds: number | null;
  } | null;
}

export interface TracedArtifact {
  readonly name: string;
  readonly uri: string;
  /** same: the object is there still; overwritten: another generation is; gone: none is. */
  readonly state: 'same' | 'overwritten' | 'gone';
  readonly createdAt: string | null;
  readonly size: number | null;
  /** As manifest.json states them; none where there is no manifest, or the artifact is not the same any more. */
  readonly files: readonly { readonly path: string; readonly size: number; readonly sha256: string }[];
}

export async function whyReport(session: Session, service: Service): Promise<WhyReport> {
  const { vertex, artifacts } = session.world;
  const ledger = await ledgerOf(session, service);
  const known = ledger?.endpoint ?? null;
  const [found] = known === null ? await vertex.findEndpoints(service.endpoint) : [];
  const endpoint = known === null ? found : await vertex.getEndpoint(known);
  if (!endpoint) return { service: service.name, endpoint: null, serving: [] };
  const serving = endpoint.deployedModels.filter((model) => (endpoint.traffic.get(model.id) ?? 0) > 0);
  const chains = await Promise.all(
    serving.map(async (model) => {
      const details = await session.versionDetails(model.model, model.version);
      return traced(artifacts, service, ledger, endpoint, model, details);
    }),
  );
  const ordered = chains.toSorted((a, b) => b.percent - a.percent);
  return { service: service.name, endpoint: endpoint.name, serving: ordered };
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
  const uri = owner === null ? null : artifactOf(ledger, owner.release, details);
  return {
    deployedModel: model.id,
    percent: endpoint.traffic.get(model.id) ?? 0,
    release: owner?.release ?? null,
    attempt: owner?.attempt ?? null,
    displayName: printable(model.displayName),
    version: details && {
      name: `${model.model}@${model.version}`,
      uploadedAt: iso(details.createdAt),
      image: details.image,
      artifactUri: details.artifactUri,
      labels: Object.fromEntries(details.labels),
      aliases: details.aliases,
    },
    artifact: uri === null ? null : await traceArtifact(artifacts, service, uri),
    asked: owner === null ? null : askedOf(ledger, owner.release),
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
  const name = nameOf(service.artifacts, marker);
  const found = await artifacts.head(bucket, marker);
  if (found === null) return { name, uri, state: 'gone', createdAt: null, size: null, files: [] };
  const { size } = found;
  const createdAt = iso(found.createdAt);
  if (found.generation !== generation) return { name, uri, state: 'overwritten', createdAt, size, files: [] };
  const manifest = await artifacts.head(
    bucket,
    `${marker.slice(0, marker.lastIndexOf('/') + 1)}manifest.json`,
  );
  const text = manifest === null ? null : await artifacts.read(manifest, 262_144);
  return { name, uri, state: 'same', createdAt, size, files: filesOf(text) };
}

function askedOf(ledger: Ledger | null, release: string): Chain['asked'] {
  const outcome = ledger?.outcomes.find((o) => o.release === release && o.result === 'Live');
  if (outcome !== undefined) {
    const { askedBy, acceptedAt, endedAt } = outcome;
    return {
      by: askedBy,
      acceptedAt: iso(acceptedAt),
      liveAt: iso(endedAt),
      elapsedSeconds: inSeconds(endedAt - acceptedAt),
    };
  }
  const known = [ledger?.live?.request, ledger?.release?.request].find((r) => r?.id === release);
  if (known === undefined) return null;
  return { by: known.askedBy, acceptedAt: iso(known.acceptedAt), liveAt: null, elapsedSeconds: null };
}
