// <copy-button value="…">: copies its value, shows a check mark, and says so.
import { say } from './say.js';

class CopyButton extends HTMLElement {
  connectedCallback() {
    this.addEventListener('click', this);
  }

  disconnectedCallback() {
    this.removeEventListener('click', this);
  }

  async handleEvent(event) {
    if (!event.target.closest('button')) return;
    const copied = await this.copy(this.getAttribute('value'));
    if (!copied) return;
    this.setAttribute('done', '');
    say(this.getAttribute('done-text'));
    setTimeout(() => this.removeAttribute('done'), 1600);
  }

  async copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // No permission, or plain http: select the text so that Ctrl C works.
      const field = this.parentElement.querySelector('input, code');
      if (field instanceof HTMLInputElement) field.select();
      else if (field) getSelection().selectAllChildren(field);
      return false;
    }
  }
}

customElements.define('copy-button', CopyButton);
