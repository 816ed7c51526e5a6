// A page whose content is going on: what changes is put in. Only loaded by such pages.

const { body } = document;

const announce = (text) => document.dispatchEvent(new CustomEvent('say', { detail: text }));
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const isLive = () => body.dataset.live !== undefined;

/** The document's own elements that stand for the page's parts. */
function put(parts) {
  const focused = document.activeElement?.id;
  for (const [id, html] of Object.entries(parts)) {
    const old = document.getElementById(id);
    const fresh = new DOMParser().parseFromString(html, 'text/html').body.firstElementChild;
    if (old && fresh) replace(old, document.adoptNode(fresh));
  }
  settle(focused);
}

function replace(old, fresh) {
  for (const details of old.querySelectorAll('details[id][open]')) {
    const same = fresh.querySelector(`#${CSS.escape(details.id)}`);
    if (same) same.open = true;
  }
  const news = fresh.querySelector('[data-say]')?.textContent.trim();
  if (news && news !== old.querySelector('[data-say]')?.textContent.trim()) announce(news);
  old.replaceWith(fresh);
}

function settle(focused) {
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  document.dispatchEvent(new Event('fresh'));
}

// ---- the stream: open only while the run goes on and somebody can see it, for browsers open few

let source = null;
/** The revision that the page shows: a stream that is opened anew sends what has been missed. */
let seen = null;
let polling = false;
let alarm;

function open() {
  if (source || document.hidden || !isLive()) return;
  const address = new URL(body.dataset.events, location.href);
  if (seen) address.searchParams.set('seen', seen);
  source = new EventSource(address);
  source.addEventListener('parts', hear);
  source.addEventListener('end', (event) => {
    hear(event);
    finish();
  });
  source.addEventListener('away', (event) => showAway(JSON.parse(event.data).since));
  source.addEventListener('open', () => {
    clearTimeout(alarm);
    alarm = undefined;
    polling = false;
    showAway(null);
  });
  source.addEventListener('error', doubt);
}

function hear(event) {
  seen = event.lastEventId;
  put(JSON.parse(event.data).parts);
}

function close() {
  source?.close();
  source = null;
  clearTimeout(alarm);
  alarm = undefined;
}

function finish() {
  close();
  delete body.dataset.live;
}

/** It tries again by itself, unless it was refused; the page is asked for until it succeeds. */
function doubt() {
  if (source?.readyState === EventSource.CLOSED) {
    close();
    void poll();
  } else alarm ??= setTimeout(() => void poll(), 3000);
}

document.addEventListener('visibilitychange', () => {
  if (document.hidden) close();
  else follow();
});

// ---- without a stream: the page is asked for again

async function poll() {
  if (polling) return;
  polling = true;
  for (;;) {
    await sleep(1000);
    if (!polling || !isLive()) break;
    if (document.hidden) continue;
    const answer = await fetch(location.href, { headers: { accept: 'text/html' } }).catch(() => null);
    if (answer?.redirected) return location.reload();
    if (answer?.ok) show(new DOMParser().parseFromString(await answer.text(), 'text/html'));
    count(Boolean(answer?.ok));
  }
  polling = false;
}

function show(fresh) {
  if (fresh.body.dataset.live === undefined) finish();
  document.title = fresh.title;
  const focused = document.activeElement?.id;
  for (const id of ['band', 'main']) {
    const [old, now] = [document.getElementById(id), fresh.getElementById(id)];
    if (old && now && old.innerHTML !== now.innerHTML) replace(old, document.adoptNode(now));
  }
  settle(focused);
}

/** Says that what is shown is getting old, from the second question that was not answered on. */
let unanswered = 0;
let answeredAt = new Date();

function count(isAnswered) {
  unanswered = isAnswered ? 0 : unanswered + 1;
  if (isAnswered) answeredAt = new Date();
  showAway(unanswered < 2 ? null : answeredAt);
}

function showAway(since) {
  const shown = document.getElementById('away');
  if (since === null) return shown?.remove();
  if (shown) return;
  const notice = document.createElement('p');
  notice.id = 'away';
  notice.className = 'notice warn';
  notice.textContent = `The database or the dashboard does not answer. This is how things stood at ${new Date(since).toLocaleTimeString()}; trying again …`;
  document.getElementById('main')?.prepend(notice);
  announce(notice.textContent);
}

function follow() {
  if (!isLive()) return;
  if (body.dataset.events && 'EventSource' in globalThis) open();
  else void poll();
}

follow();
