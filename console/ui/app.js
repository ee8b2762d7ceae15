/** Starts the page: where it is, what it knows, and what it hears. */
import { html, render } from '/lit/lit-html.js';
import { get, Refusal, sentence } from './api.js';
import { confirmationDialog } from './actions.js';
import { plural, releasePath, setClock } from './format.js';
import { frame, locked } from './frame.js';
import { listen } from './live.js';
import { releasePage } from './release-page.js';
import { servicePage } from './service-page.js';
import { servicesPage } from './services-page.js';
import { drawWith, redraw, say, state, update } from './state.js';

/** @import { Route } from './state.js' */

/** How often elapsed times are drawn again, in ms: while something goes on, and while nothing does. */
const TICK = { busy: 1_000, idle: 15_000 };

/** @returns {Route} */
function routeOf(/** @type {string} */ path) {
  const [first, service, second, release, ...more] = path.split('/').slice(1).map(decodeURIComponent);
  if (first === '') return { page: 'services' };
  if (first !== 'services' || !service || more.length > 0) return { page: 'unknown' };
  if (second === undefined) return { page: 'service', service };
  return second === 'releases' && release ? { page: 'release', service, release } : { page: 'unknown' };
}

function page() {
  const { route } = state;
  switch (route.page) {
    case 'services':
      return servicesPage();
    case 'service':
      return servicePage(route.service);
    case 'release':
      return releasePage(route.service, route.release);
    default:
      return html`<h1>No such page</h1>
        <p><a href="/">All services</a></p>`;
  }
}

function draw() {
  const app = document.getElementById('app');
  if (app === null) return;
  render(state.isLocked ? locked() : frame(html`${page()}${confirmationDialog()}`), app);
  document.title = titleOf(state.route);
  markFirst();
}

let isMarked = false;

/** When the first data are in view, for whoever measures it: after the browser has painted them. */
function markFirst() {
  if (isMarked || state.rows === null) return;
  isMarked = true;
  requestAnimationFrame(() => setTimeout(() => performance.mark('drawn')));
}

/** @param {Route} route */
function titleOf(route) {
  if (route.page === 'service') return `${route.service} · Slipway`;
  if (route.page === 'release') return `${route.release} · ${route.service} · Slipway`;
  return 'Slipway';
}

/** Loads what the page shows; what is shown already stays until the new is there. */
async function load() {
  const { route } = state;
  try {
    if (route.page === 'service') {
      const value = await get(`/api/services/${encodeURIComponent(route.service)}`);
      if (route !== state.route) return;
      update({ service: { state: 'loaded', value } });
      void loadWhy();
      void loadFeatures();
    } else if (route.page === 'release') {
      const path = `/api${releasePath(route.service, route.release)}`;
      const value = await get(path);
      if (route === state.route) update({ release: { state: 'loaded', value } });
    }
  } catch (error) {
    if (route !== state.route) return;
    // The connection says that nobody answers; what was known stays in view.
    if (!(error instanceof Refusal) && state.service.state === 'loaded') return;
    const failed = /** @type {const} */ ({ state: 'failed', error: sentence(error) });
    update(route.page === 'service' ? { service: failed } : { release: failed });
  }
}

async function loadWhy() {
  const { route, service } = state;
  if (route.page !== 'service' || service.state !== 'loaded') return;
  // There is nothing to trace.
  if (service.value.status.problem !== null) {
    update({
      why: { state: 'failed', error: 'The service is stopped, and what serves is not traced.' },
    });
    return;
  }
  if (state.why.state !== 'loaded') update({ why: { state: 'loading' } });
  try {
    const value = await get(`/api/services/${encodeURIComponent(route.service)}/why`);
    if (route === state.route) update({ why: { state: 'loaded', value } });
  } catch (error) {
    if (route === state.route) update({ why: { state: 'failed', error: sentence(error) } });
  }
}

/** Where the service has some. */
async function loadFeatures() {
  const { route, service } = state;
  if (route.page !== 'service' || service.state !== 'loaded' || service.value.features.length === 0) return;
  try {
    const value = await get(`/api/services/${encodeURIComponent(route.service)}/features`);
    if (route === state.route) update({ features: { state: 'loaded', value } });
  } catch (error) {
    if (route === state.route) update({ features: { state: 'failed', error: sentence(error) } });
  }
}

async function loadRows() {
  try {
    const { rows, trouble } = await get('/api/services');
    update({ rows: new Map(rows.map((/** @type {any} */ row) => [row.service, row])), trouble });
  } catch (error) {
    if (error instanceof Refusal) update({ trouble: error.message });
  }
}

async function loadSession() {
  try {
    const session = await get('/api/session');
    setClock(session.now);
    update({ session, isLocked: false });
  } catch {
    // Locked, or nobody answers: the page says which.
  }
}

function go(/** @type {string} */ path) {
  const route = routeOf(path);
  const isOther = JSON.stringify(route) !== JSON.stringify(state.route);
  if (isOther) {
    const none = /** @type {const} */ ({ state: 'loading' });
    update({
      route,
      service: none,
      release: none,
      why: { state: 'none' },
      plan: { state: 'none' },
      features: { state: 'none' },
      notice: null,
    });
  }
  void load();
}

/** Links of this page change the page without loading it. */
function navigate(/** @type {MouseEvent} */ event) {
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (link === null || !isPlain || link.origin !== location.origin || link.hash !== '') return;
  event.preventDefault();
  history.pushState(null, '', link.pathname);
  go(link.pathname);
  scrollTo(0, 0);
  document.getElementById('content')?.focus();
}

/** @param {import('./live.js').Heard} heard */
function hear(heard) {
  if (heard.kind === 'open') {
    // What was said while nobody listened is read.
    update({ connection: 'live' });
    void Promise.all([loadSession(), loadRows(), load()]);
    return;
  }
  if (heard.kind !== 'news') {
    update({ connection: 'lost' });
    say('The connection to the console is lost.');
    void loadSession();
    return;
  }
  const { rows, trouble } = heard.news;
  const known = new Map(state.rows ?? []);
  for (const row of rows) known.set(row.service, row);
  update({ rows: known, trouble });
  const { route } = state;
  if (route.page === 'services' && rows.length > 0) say(`${plural(rows.length, 'service')} changed`);
  if ('service' in route && rows.some(({ service }) => service === route.service)) {
    void load();
  }
}

function tick() {
  const isBusy = [...(state.rows?.values() ?? [])].some(({ release }) => release !== null);
  if (!document.hidden) redraw();
  setTimeout(tick, isBusy ? TICK.busy : TICK.idle);
}

drawWith(draw);
state.route = routeOf(location.pathname);
document.addEventListener('click', navigate);
addEventListener('popstate', () => go(location.pathname));
document.addEventListener('keydown', (event) => {
  const isTyping = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement;
  if (event.key !== '/' || isTyping || event.metaKey || event.ctrlKey) return;
  const search = document.getElementById('search');
  if (search === null) return;
  event.preventDefault();
  search.focus();
});
draw();
await Promise.all([loadSession(), loadRows(), load()]);
listen(hear);
tick();
