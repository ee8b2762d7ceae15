/** Actions, each with a confirmation that shows the message to be published. */
import { html, nothing } from '/lit/lit-html.js';

/** @typedef {{ service: string }} Confirmation */

/** @type {(service: string, detail: import('../reader/detail.ts').ServiceDetail) => unknown} */
export function actionButtons(_service, _detail) {
  return nothing;
}

export function confirmationDialog() {
  return html``;
}
