// <confirm-dialog>: keeps the dangerous button off until the name is typed. The server compares it again.
class ConfirmDialog extends HTMLElement {
  connectedCallback() {
    const field = this.querySelector('[data-name]');
    const button = this.querySelector('.dialog-foot .button:last-child');
    if (!field) return;
    const check = () => {
      button.disabled = field.value.trim() !== field.dataset.name;
    };
    field.addEventListener('input', check);
    this.querySelector('dialog').addEventListener('close', () => {
      field.value = '';
      check();
    });
    check();
  }
}

customElements.define('confirm-dialog', ConfirmDialog);
