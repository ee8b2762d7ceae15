/** Actions, each with a confirmation that shows the message to be published and what it does. */
import { html, nothing } from '/lit/lit-html.js';
import { post, sentence } from './api.js';
import { planned } from './plan.js';
import { say, state, update } from './state.js';

/**
 * @import { Preview, Wanted } from '../actions.ts'
 * @import { ServiceDetail } from '../reader/detail.ts'
 */

/**
 * @typedef {object} Confirmation
 * @property {string} service
 * @property {Wanted} wanted
 * @property {Preview | null} preview null: it is being prepared
 * @property {string | null} error
 * @property {boolean} isSending
 */

/** @type {Record<Wanted['action'], { button: string, title: string, confirm: string, isDanger: boolean, hasReason: boolean }>} */
const KINDS = {
  release: {
    button: 'Release…',
    title: 'Release a model of',
    confirm: 'Publish the request',
    isDanger: false,
    hasReason: false,
  },
  promote: {
    button: 'Promote…',
    title: 'Promote the release of',
    confirm: 'Promote',
    isDanger: false,
    hasReason: false,
  },
  rollback: {
    button: 'Roll back…',
    title: 'Roll back',
    confirm: 'Roll back',
    isDanger: true,
    hasReason: true,
  },
  abort: {
    button: 'Abort…',
    title: 'Abort the release of',
    confirm: 'Abort',
    isDanger: true,
    hasReason: true,
  },
  hold: { button: 'Hold…', title: 'Hold', confirm: 'Hold', isDanger: false, hasReason: true },
  resume: { button: 'Resume…', title: 'Resume', confirm: 'Resume', isDanger: false, hasReason: false },
  park: { button: 'Park…', title: 'Park', confirm: 'Park', isDanger: true, hasReason: true },
  wake: { button: 'Wake…', title: 'Wake', confirm: 'Wake', isDanger: false, hasReason: false },
};

/** @type {(service: string, detail: ServiceDetail) => unknown} */
export function actionButtons(service, { status, can }) {
  if (state.session?.actions !== true) return nothing;
  /** @type {Wanted['action'][]} */
  const actions = [
    'release',
    ...(can.steer ? /** @type {const} */ (['promote', 'abort']) : []),
    ...(can.rollback && !can.steer ? /** @type {const} */ (['rollback']) : []),
    status.hold === null ? 'hold' : 'resume',
    ...(status.parked === null && status.live !== null && !can.steer ? /** @type {const} */ (['park']) : []),
    ...(status.parked?.isWaking === false ? /** @type {const} */ (['wake']) : []),
  ];
  return html`<div class="actions" role="group" aria-label="Actions">
    ${actions.map((action) => html`<button type="button" class=${KINDS[action].isDanger ? 'danger' : action === 'release' ? 'main' : ''} @click=${() => prepare(service, { action })}>${KINDS[action].button}</button>`)}
  </div>`;
}

/** @type {(service: string, wanted: Wanted) => Promise<void>} */
async function prepare(service, wanted) {
  /** @type {Confirmation} */
  const asked = { service, wanted, preview: null, error: null, isSending: false };
  update({ confirmation: asked });
  try {
    const preview = await post(`/api/services/${encodeURIComponent(service)}/preview`, wanted);
    // Another one may have been asked for, or this one cancelled.
    if (state.confirmation === asked) update({ confirmation: { ...asked, preview } });
  } catch (error) {
    if (state.confirmation === asked) update({ confirmation: { ...asked, error: sentence(error) } });
  }
}

async function confirm(/** @type {Confirmation} */ confirmation) {
  const { service, wanted, preview } = confirmation;
  // The second click of two finds the first one's state, whatever is drawn by then.
  if (preview === null || state.confirmation !== confirmation || confirmation.isSending) return;
  update({ confirmation: { ...confirmation, isSending: true } });
  try {
    const { requestId, shown } = preview;
    await post(`/api/services/${encodeURIComponent(service)}/requests`, { ...wanted, requestId, shown });
    const notice = `${KINDS[wanted.action].confirm}: the request is published. The page shows what comes of it.`;
    update({ confirmation: null, notice });
    say(notice);
  } catch (error) {
    update({ confirmation: { ...confirmation, isSending: false, error: sentence(error) } });
  }
}

function cancel() {
  update({ confirmation: null });
}

export function confirmationDialog() {
  const { confirmation } = state;
  // A modal dialog keeps the focus, closes with Escape, and gives the focus back.
  queueMicrotask(() => {
    const dialog = document.querySelector('dialog');
    if (confirmation !== null && dialog?.open === false) dialog.showModal();
    if (confirmation === null && dialog?.open === true) dialog.close();
  });
  return html`<dialog aria-labelledby="confirm" @close=${cancel}>
    ${confirmation === null ? nothing : content(confirmation)}
  </dialog>`;
}

function content(/** @type {Confirmation} */ confirmation) {
  const { service, wanted, preview, error, isSending } = confirmation;
  const kind = KINDS[wanted.action];
  return html`
    <h2 id="confirm">${kind.title} ${service}</h2>
    ${preview === null && error === null ? html`<p class="loading" role="status">Looking at what it would do…</p>` : nothing}
    ${
      preview === null
        ? nothing
        : html`<p>${preview.does.replaceAll('`', '')}</p>
            ${preview.about === null ? nothing : html`<p><strong class="told">${preview.about}</strong></p>`}`
    }
    ${wanted.action === 'release' ? field('artifact', 'Artifact', 'The newest one, or gs://…', wanted.artifact ?? '', confirmation) : nothing}
    ${kind.hasReason ? field('reason', 'Reason', 'Shown to everybody who asks why', wanted.reason ?? '', confirmation) : nothing}
    ${preview === null || preview.plan === null ? nothing : planned(preview.plan)}
    ${
      preview === null
        ? nothing
        : html`<p class="sub">Message to the topic <code>${preview.topic}</code></p>
            <pre class="words message">${JSON.stringify(preview.message, null, 2)}</pre>`
    }
    ${error === null ? nothing : html`<p class="alert" role="alert"><span>${error}</span></p>`}
    <div class="actions">
      <button type="button" @click=${cancel}>Cancel</button>
      ${
        error === null
          ? html`<button
              type="button"
              class="main ${kind.isDanger ? 'danger' : ''}"
              ?disabled=${preview === null || isSending}
              @click=${() => confirm(confirmation)}
            >
              ${isSending ? 'Publishing…' : kind.confirm}
            </button>`
          : html`<button type="button" class="main" @click=${() => prepare(service, wanted)}>
              Try again
            </button>`
      }
    </div>
  `;
}

/** A change prepares the message anew: what is confirmed is what is shown. @type {(name: 'artifact' | 'reason', title: string, hint: string, value: string, confirmation: Confirmation) => unknown} */
function field(name, title, hint, value, { service, wanted }) {
  const changed = (/** @type {Event} */ { target }) => {
    const { [name]: _, ...others } = wanted;
    const text = target instanceof HTMLInputElement ? target.value.trim() : '';
    void prepare(service, text === '' ? others : { ...others, [name]: text });
  };
  return html`<label class="field"
    ><span>${title}</span>
    <input
      name=${name}
      maxlength=${name === 'reason' ? 200 : 1_200}
      placeholder=${hint}
      autocomplete="off"
      .value=${value}
      @change=${changed}
    />
  </label>`;
}
