// Comfort only: every page works without this file.

const icons = document.body.dataset.icons;

const start = () => {
  markTheme();
  followTimes();
  addCopyButtons();
  showCarets();
};

// ---- light, dark, or as the system says

const root = document.documentElement;

function markTheme() {
  const chosen = root.dataset.theme ?? 'auto';
  for (const button of document.querySelectorAll('[data-set-theme]')) {
    button.setAttribute('aria-pressed', String(button.dataset.setTheme === chosen));
  }
}

function setTheme(theme) {
  if (theme === 'auto') delete root.dataset.theme;
  else root.dataset.theme = theme;
  try {
    if (theme === 'auto') localStorage.removeItem('theme');
    else localStorage.setItem('theme', theme);
  } catch {
    // It holds for this page, then.
  }
  markTheme();
}

// ---- relative times

const UNITS = [
  ['year', 31536000],
  ['month', 2592000],
  ['day', 86400],
  ['hour', 3600],
  ['minute', 60],
];
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

function ago(date) {
  const seconds = Math.round((Date.now() - date) / 1000);
  const unit = UNITS.find(([, size]) => Math.abs(seconds) >= size);
  if (unit) return relative.format(-Math.round(seconds / unit[1]), unit[0]);
  return seconds < 10 ? 'just now' : `${seconds} seconds ago`;
}

function followTimes() {
  for (const time of document.querySelectorAll('time[datetime]')) {
    const shown = time.querySelector('.ago');
    const text = ago(new Date(time.dateTime));
    if (shown && shown.textContent !== text) shown.textContent = text;
  }
}

// ---- copying

function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  use.setAttribute('href', `${icons}#${name}`);
  svg.append(use);
  return svg;
}

function addCopyButtons() {
  if (!navigator.clipboard) return;
  for (const place of document.querySelectorAll('[data-copy]:empty')) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'btn quiet small';
    button.title = `Copy ${place.dataset.what}`;
    button.setAttribute('aria-label', button.title);
    button.append(icon('copy'));
    button.addEventListener('click', () => copy(button, place.dataset.copy));
    place.append(button);
  }
}

async function copy(button, from) {
  const source = document.getElementById(from);
  const lines = source.querySelectorAll('.c');
  const text = lines.length > 0 ? [...lines].map((line) => line.textContent).join('') : source.textContent;
  await navigator.clipboard.writeText(text.trim());
  button.replaceChildren(icon('tick'));
  say('Copied');
  setTimeout(() => button.replaceChildren(icon('copy')), 1500);
}

// ---- a caret far to the right is brought into its box

function showCarets() {
  for (const caret of document.querySelectorAll('.caret i')) {
    const box = caret.closest('pre');
    const behind = caret.getBoundingClientRect().right - box.getBoundingClientRect().right;
    if (behind > -16) box.scrollLeft += behind + box.clientWidth / 2;
  }
}

// ---- keys

let before = '';

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.target.closest('input, textarea, select, dialog')) return;
  const keys = before + event.key;
  before = event.key === 'g' ? 'g' : '';
  if (event.key === '/') {
    const search = document.getElementById('search');
    if (!search) return;
    event.preventDefault();
    search.focus();
    search.select();
  } else if (event.key === '?') {
    showKeys();
  } else if (keys === 'gm' || keys === 'gr') {
    const link = document.querySelector(`nav [data-keys="g ${event.key}"]`);
    if (link) location.assign(link.href);
  }
});

const KEYS = [
  ['/', 'Search'],
  ['g m', 'Migrations'],
  ['g r', 'Runs'],
  ['?', 'This list'],
];

function showKeys() {
  const dialog = document.createElement('dialog');
  const heading = document.createElement('h2');
  const list = document.createElement('dl');
  heading.textContent = 'Keys';
  for (const [keys, meaning] of KEYS) {
    const [term, text, key] = ['dt', 'dd', 'kbd'].map((name) => document.createElement(name));
    key.textContent = keys;
    text.textContent = meaning;
    term.append(key);
    list.append(term, text);
  }
  const form = document.createElement('form');
  const close = document.createElement('button');
  form.method = 'dialog';
  close.className = 'btn';
  close.textContent = 'Close';
  form.append(close);
  heading.id = 'keys-heading';
  dialog.setAttribute('aria-labelledby', heading.id);
  dialog.append(heading, list, form);
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

// ---- forms are sent once

document.addEventListener('submit', (event) => {
  const form = event.target;
  if (form.method !== 'post') return;
  if (form.dataset.sent !== undefined) return event.preventDefault();
  form.dataset.sent = '';
  const button = event.submitter;
  button?.setAttribute('aria-disabled', 'true');
  button?.classList.add('busy');
});

// Coming back by the browser's history finds the form as it was left.
addEventListener('pageshow', () => {
  for (const form of document.querySelectorAll('form[data-sent]')) delete form.dataset.sent;
  for (const button of document.querySelectorAll('.busy')) {
    button.classList.remove('busy');
    button.removeAttribute('aria-disabled');
  }
});

document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-set-theme]');
  if (button) setTheme(button.dataset.setTheme);
});

// ---- a run that is going on: the page is asked for again, and only what changed is put in

const say = (text) => {
  document.getElementById('say').textContent = text;
};

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

async function follow() {
  while (document.body.dataset.live !== undefined) {
    await sleep(1000);
    if (document.hidden) continue;
    const answer = await fetch(location.href, { headers: { accept: 'text/html' } }).catch(() => null);
    if (answer?.redirected) return location.reload();
    if (answer?.ok) show(new DOMParser().parseFromString(await answer.text(), 'text/html'));
    showAway(!answer?.ok);
  }
}

/** Says that what is shown is getting old, from the second question that was not answered on. */
let unanswered = 0;

function showAway(isAway) {
  unanswered = isAway ? unanswered + 1 : 0;
  const shown = document.getElementById('away');
  if (unanswered < 2) return shown?.remove();
  if (shown) return;
  const notice = document.createElement('p');
  notice.id = 'away';
  notice.className = 'notice warn';
  notice.textContent = `The dashboard does not answer. This is how things stood at ${new Date().toLocaleTimeString()}; trying again …`;
  document.getElementById('main')?.prepend(notice);
  say(notice.textContent);
}

function show(fresh) {
  if (fresh.body.dataset.live === undefined) delete document.body.dataset.live;
  document.title = fresh.title;
  const focused = document.activeElement?.id;
  for (const id of ['band', 'main']) {
    const [old, now] = [document.getElementById(id), fresh.getElementById(id)];
    if (!old || !now || old.innerHTML === now.innerHTML) continue;
    for (const details of old.querySelectorAll('details[id]')) {
      const same = now.querySelector(`#${CSS.escape(details.id)}`);
      if (same && same.dataset.state === details.dataset.state) same.open = details.open;
    }
    const news = now.querySelector('[data-say]')?.textContent.trim();
    if (news && news !== old.querySelector('[data-say]')?.textContent.trim()) say(news);
    old.replaceWith(document.adoptNode(now));
  }
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  start();
}

start();
setInterval(followTimes, 30000);
follow();
