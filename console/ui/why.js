/** From the endpoint back to who asked: the chain of `slipway why`. */
import { html, nothing } from '/lit/lit-html.js';
import { duration, moment } from './format.js';

/**
 * @import { Chain, WhyReport } from '../../cli/commands/why/report.ts'
 * @import { Loaded } from './state.js'
 */

const BY = new Map([
  ['artifact', 'the upload of the artifact'],
  ['request', 'a request on the topic'],
  ['pipeline', 'a pipeline job'],
]);

export function whySection(/** @type {Loaded<WhyReport>} */ why) {
  if (why.state === 'failed') return html`<p class="warn">${why.error}</p>`;
  if (why.state !== 'loaded') return html`<p class="loading">Tracing the live model…</p>`;
  const { serving } = why.value;
  if (serving.length === 0)
    return html`<p class="nothing">No deployed model has traffic, so no model serves.</p>`;
  return serving.map(chain);
}

function chain(
  /** @type {Chain} */ {
    deployedModel,
    percent,
    release,
    attempt,
    version,
    artifact,
    asked,
    rollback,
    displayName,
    features,
  },
) {
  return html`<ol class="chain">
    ${link('Traffic', html`<strong>${percent} %</strong> to deployed model <code>${deployedModel}</code>`)}
    ${release === null ? link('Deployed', html`not by Slipway, as ${displayName}`) : link('Release', html`<code>${release}</code>, attempt ${attempt}`)}
    ${
      version === null
        ? link('Version', 'gone from Vertex AI')
        : html`${link('Version', html`<code>${version.name.split('/').at(-1)}</code>, uploaded ${moment(version.uploadedAt)}${version.aliases.length === 0 ? '' : `, ${version.aliases.join(', ')}`}`)}
          ${link('Image', html`<code>${version.image}</code>`)}`
    }
    ${
      artifact === null
        ? nothing
        : link(
            'Artifact',
            html`<code>${artifact.uri}</code
              >${artifact.state === 'same' ? nothing : html` <strong class="warn">${artifact.state === 'gone' ? 'deleted since' : 'overwritten since'}</strong>`}${artifact.sha256 === null ? nothing : html`<br /><code>sha256:${artifact.sha256}</code>`}`,
          )
    }
    ${features.map((view) => link('Features', html`${view.view}${view.version === null ? '' : ` ${view.version}`}: ${view.features.join(', ')}`))}
    ${rollback === null ? nothing : link('Rollback', html`from ${rollback.name ?? rollback.from}`)}
    ${
      asked === null
        ? release === null
          ? nothing
          : link('Asked by', 'no longer in the history')
        : link(
            'Asked by',
            html`${BY.get(asked.by) ?? asked.by}${asked.requestedBy === null ? '' : ` of ${asked.requestedBy}`}${asked.requestId === null ? '' : html` <code>${asked.requestId}</code>`},
            ${moment(asked.acceptedAt)}${asked.liveAt === null ? '' : `, live after ${duration(asked.elapsedSeconds ?? 0)}`}${asked.promotedBy === null ? '' : `, promoted by ${asked.promotedBy}`}`,
          )
    }
  </ol>`;
}

/** @type {(title: string, content: unknown) => unknown} */
function link(title, content) {
  return html`<li><span class="term">${title}</span><span class="told">${content}</span></li>`;
}
