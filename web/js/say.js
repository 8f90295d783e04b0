// Toasts: said politely to screen readers through the live region of the layout, gone after a while, kept under the pointer.
const STAY = 6000;

export function say(text, { tone = 'ok', element } = {}) {
  const toast = element ?? document.createElement('p');
  if (!element) {
    toast.className = `toast is-${tone}`;
    toast.append(Object.assign(document.createElement('span'), { textContent: text }));
    document.getElementById('toasts')?.append(toast);
  }
  let timer = setTimeout(() => toast.remove(), STAY);
  toast.addEventListener('pointerenter', () => clearTimeout(timer));
  toast.addEventListener('pointerleave', () => {
    timer = setTimeout(() => toast.remove(), STAY / 3);
  });
}
