// <theme-toggle>: the button inside posts the theme; with a script the page changes at once and the cookie follows.
class ThemeToggle extends HTMLElement {
  connectedCallback() {
    this.querySelector('button').addEventListener('click', (event) => {
      event.preventDefault();
      const root = document.documentElement;
      const scheme = root.dataset.theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
      root.dataset.theme = scheme === 'dark' ? 'light' : 'dark';
      document.querySelector('meta[name="color-scheme"]').content = root.dataset.theme;
      const secure = location.protocol === 'https:' ? ';secure' : '';
      document.cookie = `theme=${root.dataset.theme};path=/;max-age=31536000;samesite=lax${secure}`;
      document.dispatchEvent(new Event('theme'));
    });
  }
}

customElements.define('theme-toggle', ThemeToggle);
