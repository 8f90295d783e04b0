// The command palette (Ctrl K): the server's list of places in a dialog, narrowed while one types. Loaded when it is first opened.
let dialog;

export async function openPalette(link) {
  if (dialog?.open) return;
  dialog ??= build(link);
  const { input, list } = dialog.parts;
  input.value = '';
  dialog.showModal();
  input.focus();
  const answer = await fetch(`${link.href}/part`, { credentials: 'same-origin' });
  if (!answer.ok || answer.redirected) return location.assign(link.href); // signed out meanwhile: the page says so
  list.replaceChildren(...new DOMParser().parseFromString(await answer.text(), 'text/html').querySelectorAll('#palette-list'));
  for (const frame of list.querySelectorAll('ul, li')) frame.role = 'presentation';
  for (const [index, place] of placesOf(list).entries()) Object.assign(place, { id: `place-${index}`, role: 'option', tabIndex: -1 });
  narrow(input, list);
}

function build(link) {
  const made = Object.assign(document.createElement('dialog'), { className: 'dialog palette' });
  made.setAttribute('aria-label', link.querySelector('span').textContent);
  const input = Object.assign(document.createElement('input'), { className: 'input', type: 'text', autocomplete: 'off', spellcheck: false, placeholder: link.querySelector('span').textContent, id: 'palette-text' });
  for (const [name, value] of Object.entries({ role: 'combobox', 'aria-label': input.placeholder, 'aria-expanded': 'true', 'aria-controls': 'palette-options', 'aria-autocomplete': 'list' })) input.setAttribute(name, value);
  const list = Object.assign(document.createElement('div'), { className: 'palette-box', id: 'palette-options', role: 'listbox' });
  list.setAttribute('aria-label', input.placeholder);
  input.addEventListener('input', () => narrow(input, list));
  input.addEventListener('keydown', (event) => onKey(event, input, list));
  made.append(input, list);
  made.addEventListener('close', () => link.focus());
  document.body.append(made);
  return Object.assign(made, { parts: { input, list } });
}

const placesOf = (list) => [...list.querySelectorAll('a')];
const shown = (list) => placesOf(list).filter((place) => !place.parentElement.hidden);

// All words must be there; the first place that begins with the text is marked, else the first of all.
function narrow(input, list) {
  const text = input.value.trim().toLowerCase();
  const words = text.split(/\s+/);
  for (const place of placesOf(list)) {
    const name = place.textContent.toLowerCase();
    place.parentElement.hidden = !words.every((word) => name.includes(word));
  }
  const left = shown(list);
  mark(input, list, left.find((place) => text && place.textContent.trim().toLowerCase().startsWith(text)) ?? left[0]);
}

function mark(input, list, place) {
  for (const other of placesOf(list)) other.setAttribute('aria-selected', 'false');
  place?.setAttribute('aria-selected', 'true');
  place?.scrollIntoView({ block: 'nearest' });
  if (place) input.setAttribute('aria-activedescendant', place.id);
  else input.removeAttribute('aria-activedescendant');
}

function onKey(event, input, list) {
  const places = shown(list);
  const at = places.findIndex((place) => place.getAttribute('aria-selected') === 'true');
  const steps = { ArrowDown: 1, ArrowUp: -1 };
  if (event.key in steps && places.length) {
    event.preventDefault();
    mark(input, list, places[(at + steps[event.key] + places.length) % places.length]);
  }
  if (event.key !== 'Enter') return;
  event.preventDefault();
  if (at >= 0) places[at].click();
  else location.assign(`/palette?q=${encodeURIComponent(input.value)}`);
}
