/** `slipway why` for people. Pure. */
import type { Theme } from '../../terminal/screen.ts';
import { verdictText } from '../../ledger-view/verdicts.ts';
import { duration, moment } from '../../terminal/words.ts';
import { tracedText } from './features.ts';
import { unusedText } from './unused-views.ts';
import type { Chain, TracedArtifact, WhyReport } from './report.ts';

const BY: ReadonlyMap<string, string> = new Map([
  ['artifact', 'artifact upload'],
  ['request', 'a request on the topic'],
  ['pipeline', 'a pipeline job'],
]);

export function whyText({ service, endpoint, serving, unusedViews }: WhyReport, theme: Theme): string[] {
  const { paint } = theme;
  if (endpoint === null) return [`${service}: the endpoint does not exist, so no model serves`];
  const lines = [`${paint('bold', service)} ${paint('dim', endpoint)}`];
  if (serving.length === 0) return [...lines, '  no deployed model has traffic, so no model serves'];
  for (const chain of serving) lines.push(...chainText(chain, theme));
  for (const view of unusedViews) lines.push(`  ${paint('yellow', 'unused')} ${unusedText(view)}`);
  return lines;
}

function chainText(chain: Chain, theme: Theme): string[] {
  const { paint } = theme;
  const { version, artifact, asked, release, rollback } = chain;
  const lines = [
    `  ${paint('green', `${chain.percent} %`)} deployed model ${paint('bold', chain.deployedModel)}`,
  ];
  const add = (title: string, text: string) => lines.push(`    ${paint('dim', title.padEnd(10))}${text}`);
  if (release === null) add('deployed', `not by Slipway, as ${chain.displayName}`);
  else add('release', `${release}, attempt ${chain.attempt}`);
  if (version === null) add('version', paint('yellow', 'gone from Vertex AI'));
  else {
    add('version', `${version.name}, uploaded ${at(version.uploadedAt)}`);
    add('aliases', version.aliases.join(', ') || 'none');
    add('labels', labelsText(version.labels));
    add('image', version.image);
    if (artifact === null) add('artifact', version.artifactUri || 'none');
  }
  if (artifact !== null) for (const [title, text] of artifactText(artifact)) add(title, text);
  for (const [i, view] of chain.features.entries()) add(i === 0 ? 'features' : '', tracedText(view));
  for (const [i, verdict] of chain.gates.entries()) add(i === 0 ? 'gates' : '', verdictText(verdict, theme));
  if (rollback !== null)
    add('rollback', `from ${rollback.name === null ? rollback.from : `${rollback.name} (${rollback.from})`}`);
  if (asked !== null) {
    const which = asked.requestId === null ? '' : ` (${asked.requestId})`;
    const who = asked.requestedBy === null ? '' : ` of ${asked.requestedBy}`;
    add('asked by', `${BY.get(asked.by) ?? asked.by}${who}${which}, ${at(asked.acceptedAt)}`);
    if (asked.promotedBy !== null) add('promoted', `by ${asked.promotedBy}`);
    if (asked.liveAt !== null)
      add('live', `${at(asked.liveAt)}, after ${duration((asked.elapsedSeconds ?? 0) * 1000)}`);
  } else if (release !== null) add('asked by', 'no longer in the release history');
  return lines;
}

function artifactText({ uri, state, createdAt, size, files }: TracedArtifact): [string, string][] {
  if (state === 'gone') return [['artifact', `${uri}, deleted since`]];
  if (state === 'overwritten') return [['artifact', `${uri}, overwritten ${at(createdAt ?? '')}`]];
  return [
    ['artifact', `${uri}, ${size} bytes, landed ${at(createdAt ?? '')}`],
    ...files.map(({ path, sha256 }): [string, string] => ['', `${path} sha256:${sha256}`]),
  ];
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');
}

function at(isoTime: string): string {
  return moment(Date.parse(isoTime));
}
