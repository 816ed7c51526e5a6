// Comfort only: every page works without this file.

const icons = document.body.dataset.icons;

const start = () => {
  markTheme();
  followTimes();
  countOn();
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

/** What is going on is counted on from when it came, by the browser's own clock. */
const began = new WeakMap();

function countOn() {
  for (const shown of document.querySelectorAll('.elapsed')) {
    if (!began.has(shown)) began.set(shown, performance.now() - Number(shown.dataset.ms));
    const text = elapsed(performance.now() - began.get(shown));
    if (shown.textContent !== text) shown.textContent = text;
  }
}

/** As server/web/format.ts has it. */
function elapsed(ms) {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${seconds % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
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
  for (const place of document.querySelectorAll(':is([data-copy], [data-copy-text]):empty')) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'btn quiet small';
    button.title = `Copy ${place.dataset.what}`;
    button.setAttribute('aria-label', button.title);
    button.append(icon('copy'));
    const { copy: from, copyText: address } = place.dataset;
    button.addEventListener('click', () => copy(button, from ? textOf(from) : textAt(address)));
    place.append(button);
  }
}

async function textOf(id) {
  const source = document.getElementById(id);
  const lines = source.querySelectorAll('.c');
  const text = lines.length > 0 ? [...lines].map((line) => line.textContent).join('') : source.textContent;
  return text.trim();
}

async function textAt(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(answer.statusText);
  return answer.text();
}

/** Some browsers let a page write only within the click itself: they take a promise of the text. */
async function copy(button, text) {
  const blob = text.then((value) => new Blob([value], { type: 'text/plain' }));
  const done = await navigator.clipboard.write([new ClipboardItem({ 'text/plain': blob })]).then(
    () => true,
    () => false,
  );
  button.replaceChildren(icon(done ? 'tick' : 'failed'));
  say(done ? 'Copied' : 'It could not be copied');
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

// ---- what is said to those who do not see

function say(text) {
  document.getElementById('say').textContent = text;
}

// public/live.js puts in what has changed.
document.addEventListener('fresh', start);
document.addEventListener('say', ({ detail }) => say(detail));

start();
setInterval(followTimes, 30000);
setInterval(countOn, 1000);
