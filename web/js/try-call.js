// <try-call>: sends one request of the API reference from this page and shows the answer. Same origin only; a token typed here is kept nowhere.
class TryCall extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector('form');
    this.answer = this.querySelector('[role="status"]');
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.send();
    });
  }

  inputs(place) {
    return [...this.form.querySelectorAll(`[data-place="${place}"]`)].filter((input) => input.value.trim() !== '');
  }

  request() {
    let path = this.getAttribute('path');
    for (const input of this.inputs('path')) path = path.replace(`{${input.dataset.name}}`, encodeURIComponent(input.value.trim()));
    const query = new URLSearchParams(this.inputs('query').map((input) => [input.dataset.name, input.value.trim()]));
    const headers = { accept: 'application/json' };
    for (const input of this.inputs('header')) headers[input.dataset.name] = input.value.trim();
    const [token] = this.inputs('token');
    if (token) headers.authorization = `Bearer ${token.value.trim()}`;
    const [body] = this.inputs('body');
    if (body) headers['content-type'] = this.getAttribute('media-type');
    const address = query.size ? `${path}?${query}` : path;
    return [address, { method: this.getAttribute('method'), headers, body: body?.value, credentials: token ? 'omit' : 'same-origin' }];
  }

  async send() {
    const button = this.form.querySelector('.form-foot .button');
    button.disabled = true;
    const started = performance.now();
    try {
      const answer = await fetch(...this.request());
      const text = await answer.text();
      this.show(`${answer.status} ${answer.statusText}`, `${Math.round(performance.now() - started)} ms`, pretty(text));
    } catch {
      this.show(this.getAttribute('text-failed'), '', '');
    }
    button.disabled = false;
  }

  show(status, time, text) {
    this.answer.hidden = false;
    this.answer.querySelector('[data-status]').textContent = status;
    this.answer.querySelector('[data-time]').textContent = time;
    this.answer.querySelector('code').textContent = text;
    this.answer.querySelector('copy-button')?.setAttribute('value', text);
    this.answer.querySelector('.code').hidden = text === '';
  }
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

customElements.define('try-call', TryCall);
