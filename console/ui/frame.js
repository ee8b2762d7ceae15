/** What stands around every page: the head, what is wrong with the connection, and the content. */
import { html, nothing } from '/lit/lit-html.js';
import { zone } from './format.js';
import { icon, logo } from './icons.js';
import { state } from './state.js';

/** It takes longer to find out than to draw a page. */
const ZONE = zone();

const CONNECTION = { connecting: 'Connecting', live: 'Connected', lost: 'Connection lost, trying again' };

/** @param {unknown} content */
export function frame(content) {
  const { session, connection, trouble, notice } = state;
  return html`
    <header class="head">
      <a class="brand" href="/" aria-label="Slipway, all services">${logo()}<span>Slipway</span></a>
      ${
        session === null
          ? nothing
          : html`<span class="where"><span>${session.project}</span><span>${session.region}</span></span>
              ${session.local ? html`<span class="tag">local stack</span>` : nothing}
              ${session.actions ? nothing : html`<span class="tag">read-only</span>`}
              ${session.actor === null ? nothing : html`<span class="who">${session.actor}</span>`}`
      }
      <span class="link-state ${connection}"
        >${icon(connection === 'live' ? 'live' : 'wait')}${CONNECTION[connection]}</span
      >
    </header>
    <main id="content" tabindex="-1">
      ${trouble === null ? nothing : html`<p class="alert" role="alert">${icon('attention')}<span>${trouble}</span></p>`}
      ${notice === null ? nothing : html`<p class="alert good" role="status">${icon('pass')}<span>${notice}</span></p>`}
      ${content}
    </main>
    <footer class="foot">Times are in ${ZONE}.</footer>
  `;
}

/** Before the browser has been let in, or after the console was started again. */
export function locked() {
  return html`
    <header class="head">
      <span class="brand">${logo()}<span>Slipway</span></span>
    </header>
    <main id="content" tabindex="-1" class="locked">
      <h1>This console is locked</h1>
      ${
        state.refusal === null || !state.refusal.includes('Identity-Aware Proxy')
          ? html`<p>
                Open the address that <code>slipway console</code> has printed: its token lets this browser
                in.
              </p>
              <p>A console that was started again has printed another address.</p>`
          : html`<p>${state.refusal}</p>
              <p>Load the page again to sign in.</p>`
      }
    </main>
  `;
}
