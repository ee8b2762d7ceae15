/**
 * What a page of another site tries on the console, in the same browser: every way that a page has to send a request.
 * Each gives back what it has learned; '' is nothing.
 */

/** Longer than an answer takes: what has not come by then does not come. */
const PATIENCE_MS = 3_000;

/** @type {(target: string, service: string) => Record<string, () => Promise<string>>} */
const attacks = (target, service) => {
  const data = `${target}/api/services`;
  const requests = `${data}/${service}/requests`;
  const hold = JSON.stringify({ action: 'hold', requestId: 'evil', shown: '[]' });
  const send = (init) => async () => (await fetch(requests, { method: 'POST', body: hold, ...init })).text();
  const read = (init) => async () => (await fetch(data, { credentials: 'include', ...init })).text();
  return {
    fetch: read({}),
    'fetch without CORS': read({ mode: 'no-cors' }),
    'fetch of the token': async () =>
      (await fetch(`${target}/api/session`, { credentials: 'include' })).text(),
    XMLHttpRequest: () =>
      settled((done) => {
        const request = new XMLHttpRequest();
        request.withCredentials = true;
        request.addEventListener('loadend', () => done(request.responseText));
        request.open('GET', data);
        request.send();
      }),
    EventSource: () =>
      settled((done) => {
        const events = new EventSource(`${target}/api/live`, { withCredentials: true });
        events.addEventListener('open', () => done('open'));
        events.addEventListener('error', () => done(''));
      }),
    WebSocket: () =>
      settled((done) => {
        const socket = new WebSocket(`${target.replace('http', 'ws')}/api/live`);
        socket.addEventListener('open', () => done('open'));
        socket.addEventListener('error', () => done(''));
      }),
    'a shared worker': async () => {
      const { port } = new SharedWorker(`${target}/ui/live-worker.js`, { type: 'module' });
      return settled((done) => {
        port.addEventListener('message', ({ data }) => done(JSON.stringify(data)));
        port.start();
      });
    },
    'a module': async () => Object.keys(await import(`${target}/ui/api.js`)).join(),
    'a script': () => element('script', { src: data }),
    'a style sheet': () => element('link', { rel: 'stylesheet', href: `${target}/ui/style.css` }),
    'an image': () => element('img', { src: `${target}/ui/icon.svg` }),
    'a frame': () => framed(`${target}/services/${service}`),
    'a frame of data': () => framed(data),
    'a form of text': () => posted(requests, 'text/plain', `${hold.slice(0, -1)},"x":"`, '"}'),
    'a form': () => posted(requests, 'application/x-www-form-urlencoded', 'action', 'hold'),
    'a form of parts': () => posted(requests, 'multipart/form-data', 'action', 'hold'),
    'a POST of text': send({ mode: 'no-cors', credentials: 'include' }),
    'a POST of JSON': send({ credentials: 'include', headers: { 'content-type': 'application/json' } }),
    'a POST with a token': send({
      credentials: 'include',
      headers: { 'content-type': 'application/json', 'x-slipway-token': 'x'.repeat(43) },
    }),
    'a POST without CORS that says it is JSON': send({
      mode: 'no-cors',
      credentials: 'include',
      headers: { 'content-type': 'application/json' },
    }),
    'a beacon': async () => {
      navigator.sendBeacon(requests, hold);
      navigator.sendBeacon(requests, new Blob([hold], { type: 'application/json' }));
      return '';
    },
    'the cookies of its host': async () => document.cookie,
  };
};

/** Runs all of them; by name, what each has learned. */
globalThis.attack = async (target, service) => {
  const learned = {};
  for (const [name, attempt] of Object.entries(attacks(target, service)))
    learned[name] = await attempt().catch(() => '');
  return learned;
};

/** Opens the console in a window, as a link does, and looks into it. */
globalThis.attackByWindow = async (address) => {
  const opened = open(address);
  await settled((done) => setTimeout(() => done(''), 1_500));
  const looks = [
    () => opened.document.body.textContent,
    () => opened.location.href,
    () => String(opened.length || ''),
  ];
  return looks
    .map((look) => {
      try {
        return look() ?? '';
      } catch {
        return '';
      }
    })
    .join('');
};

function settled(begin) {
  return Promise.race([
    new Promise(begin),
    new Promise((resolve) => {
      setTimeout(() => resolve(''), PATIENCE_MS);
    }),
  ]);
}

function element(name, attributes) {
  return settled((done) => {
    const made = Object.assign(document.createElement(name), attributes);
    made.addEventListener('load', () => done('loaded'));
    made.addEventListener('error', () => done(''));
    document.head.append(made);
  });
}

function framed(src) {
  return settled((done) => {
    const frame = Object.assign(document.createElement('iframe'), { src });
    frame.addEventListener('load', () => done(frame.contentDocument?.body.textContent ?? ''));
    document.body.append(frame);
  });
}

function posted(action, enctype, name, value) {
  return settled((done) => {
    const frame = Object.assign(document.createElement('iframe'), { name: `f${Math.random()}` });
    document.body.append(frame);
    const form = Object.assign(document.createElement('form'), {
      action,
      enctype,
      method: 'POST',
      target: frame.name,
    });
    form.append(Object.assign(document.createElement('input'), { name, value }));
    document.body.append(form);
    frame.addEventListener('load', () => done(frame.contentDocument?.body.textContent ?? ''));
    form.submit();
  });
}
