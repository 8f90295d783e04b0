// Entry of every page: small behaviours of the frame; larger elements are fetched only by pages that hold one.
import './copy-button.js';
import './theme-toggle.js';
import './confirm-dialog.js';
import { say } from './say.js';

const LARGE = { 'time-chart': () => import('./time-chart.js'), 'image-field': () => import('./image-field.js'), 'try-call': () => import('./try-call.js') };

function fetchLarge(root) {
  for (const [name, load] of Object.entries(LARGE)) if (root.querySelector(name)) load();
}
fetchLarge(document);
document.addEventListener('htmx:after:swap', () => fetchLarge(document));

// Menus are <details>: close on a press outside, on Escape, and after a choice.
const openMenus = () => document.querySelectorAll('details.menu[open]');
document.addEventListener('click', (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target) || event.target.closest('a')) menu.open = false;
});
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') {
    for (const menu of openMenus()) {
      menu.open = false;
      menu.querySelector('summary').focus();
    }
  }
  if ((event.metaKey || event.ctrlKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === 'k') openPalette(event);
});

// The palette: a link to a page of its own without a script, a dialog with one.
document.addEventListener('click', (event) => {
  if (event.target.closest('[data-palette]') && !(event.metaKey || event.ctrlKey || event.shiftKey)) openPalette(event);
});
async function openPalette(event) {
  const link = document.querySelector('[data-palette]');
  if (!link) return;
  event.preventDefault();
  const { openPalette: open } = await import('./palette.js');
  open(link);
}

// Popover dialogs work without a script; with one they are modal, so that focus stays inside and returns.
document.addEventListener('click', (event) => {
  const button = event.target.closest('[popovertarget]');
  const dialog = button && document.getElementById(button.getAttribute('popovertarget'));
  if (!(dialog instanceof HTMLDialogElement)) return;
  event.preventDefault();
  if (dialog.open) dialog.close();
  else dialog.showModal();
});
document.addEventListener('click', (event) => {
  if (event.target instanceof HTMLDialogElement && event.target.open) event.target.close(); // the backdrop
});

// A row of tabs may be wider than a telephone: the open one is in sight.
for (const tab of document.querySelectorAll('.tab[aria-current]')) tab.parentElement.scrollLeft = tab.offsetLeft - (tab.parentElement.clientWidth - tab.offsetWidth) / 2;

// Chart or table.
document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-chart-switch]');
  const chart = button?.closest('.card')?.querySelector('time-chart');
  if (!chart) return;
  const table = chart.getAttribute('view') !== 'table';
  chart.setAttribute('view', table ? 'table' : 'chart');
  button.setAttribute('aria-pressed', String(table));
});

// A page restored from the browser's memory after signing out must not be read again.
window.addEventListener('pageshow', (event) => {
  if (event.persisted && document.querySelector('.shell')) location.reload();
});

// Flash messages were rendered by the server: say them again into the live region, and let them leave.
for (const toast of document.querySelectorAll('#toasts .toast')) say(toast.textContent.trim(), { element: toast });
document.addEventListener('htmx:error', () => {
  const text = document.documentElement.lang === 'sv' ? 'Det gick inte att nå servern. Försök igen.' : 'The server could not be reached. Try again.';
  say(text, { tone: 'bad' });
});
