// <image-field>: choose, drop or paste an image; a ticket from the API lets the browser post it straight to the store; then it
// asks until the variants are made. Server and store judge the file: the checks here only save a trip.
import { say } from './say.js';

const TYPES = ['image/png', 'image/jpeg', 'image/webp', 'image/gif'];
const ASK_EVERY = 1000;
const ASK_TIMES = 60;
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

class ImageField extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector('input[type="file"]');
    this.box = this.querySelector('.drop');
    this.bar = this.querySelector('progress');
    this.input.addEventListener('change', () => this.input.files[0] && this.take(this.input.files[0]));
    for (const name of ['dragenter', 'dragover']) this.box.addEventListener(name, () => this.setAttribute('over', ''));
    for (const name of ['dragleave', 'drop']) this.box.addEventListener(name, () => this.removeAttribute('over'));
    this.addEventListener('paste', (event) => event.clipboardData.files[0] && this.take(event.clipboardData.files[0]));
    this.querySelector('.image-remove').addEventListener('click', () => this.removeImage());
    this.tool = this.querySelector('.image-part');
    this.tool.addEventListener('click', () => this.chooseAgain());
    if (this.input.files[0]) this.take(this.input.files[0]); // chosen before this file was loaded
  }

  text(name) {
    return this.getAttribute(`text-${name}`);
  }

  fail(text) {
    this.setAttribute('state', this.querySelector('.drop img') ? 'ready' : 'empty');
    this.querySelector('.error').textContent = text;
    this.input.setAttribute('aria-invalid', 'true');
    this.input.value = '';
  }

  async take(file) {
    this.querySelector('.error').textContent = '';
    this.input.removeAttribute('aria-invalid');
    if (!TYPES.includes(file.type)) return this.fail(this.text('type'));
    if (file.size > Number(this.getAttribute('max-bytes'))) return this.fail(this.text('size'));
    const crop = await this.place(file);
    if (crop === null) return;
    this.setAttribute('state', 'busy');
    try {
      const ticket = await this.ask(this.getAttribute('tickets'), 'POST', { kind: this.getAttribute('kind'), content_type: file.type, byte_size: file.size, ...crop });
      await this.send(ticket.upload ?? ticket, file);
      this.dispatchEvent(new CustomEvent('image:sent', { bubbles: true }));
      await this.follow(ticket.href);
    } catch (error) {
      this.fail(error.detail || this.text('failed'));
    }
  }

  // Answers fields for the ticket request ({} = the whole image, null = given up). The dialog comes when it is first needed.
  async place(file) {
    try {
      const chosen = await this.choose(file);
      if (chosen === null) this.input.value = '';
      this.input.focus();
      return chosen;
    } catch {
      return {}; // not a picture to this browser: the server judges it, and says why
    }
  }

  async choose(file, shown = {}) {
    const { choosePart } = await import('./crop-dialog.js');
    const { crop = null, turn = 0 } = shown;
    return choosePart(file, { ratio: Number(this.getAttribute('ratio')), least: Number(this.getAttribute('min-width') || 1), text: (name) => this.text(name), crop, turn });
  }

  // Another part of the original that the store keeps: no new upload. The old sizes stand until the new ones do.
  async chooseAgain() {
    const href = this.getAttribute('href');
    this.querySelector('.error').textContent = '';
    this.tool.disabled = true;
    try {
      const [image, original] = await Promise.all([this.ask(href), this.ask(`${href}/original`)]);
      const answer = await fetch(original.url, { credentials: 'omit' });
      if (!answer.ok) throw new Error(`store ${answer.status}`);
      this.tool.disabled = false;
      this.tool.focus();
      const chosen = await this.choose(await answer.blob(), image);
      if (chosen === null) return;
      this.setAttribute('state', 'busy');
      await this.ask(`${href}/selection`, 'PUT', chosen);
      await this.follow(href);
      this.tool.focus();
    } catch (error) {
      this.fail(error.detail || this.text('failed'));
    } finally {
      this.tool.disabled = false;
    }
  }

  async ask(href, method = 'GET', body = undefined) {
    const headers = { accept: 'application/json', 'x-form-token': this.getAttribute('token') };
    if (body) headers['content-type'] = 'application/json';
    const answer = await fetch(href, { method, headers, body: body && JSON.stringify(body), credentials: 'same-origin' });
    const json = answer.status === 204 ? {} : await answer.json().catch(() => ({}));
    if (!answer.ok) throw Object.assign(new Error(`status ${answer.status}`), { detail: json.errors?.[0]?.message ?? json.detail, status: answer.status });
    return json;
  }

  // XMLHttpRequest, because fetch cannot tell how much has been sent.
  send({ url, fields }, file) {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append('file', file);
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.upload.onprogress = (event) => {
        if (event.lengthComputable) this.bar.value = (90 * event.loaded) / event.total;
      };
      request.onload = () => (request.status < 300 ? resolve() : reject(new Error(`store ${request.status}`)));
      request.onerror = () => reject(new Error('store'));
      request.open('POST', url);
      request.send(form);
    });
  }

  async follow(href) {
    this.bar.removeAttribute('value');
    for (let times = 0; times < ASK_TIMES; times += 1) {
      await pause(ASK_EVERY);
      const image = await this.ask(href);
      if (image.status === 'ready') return this.show(image.url, href);
      if (image.status === 'rejected') throw Object.assign(new Error('rejected'), { detail: this.reasonFor(image.reason) });
    }
    throw Object.assign(new Error('late'), { detail: this.text('late') });
  }

  reasonFor(reason) {
    const words = JSON.parse(this.getAttribute('reasons') || '{}');
    return words[reason] ?? (reason || this.text('refused'));
  }

  show(url, href) {
    this.box.querySelector('img')?.remove();
    this.box.append(Object.assign(document.createElement('img'), { src: url, alt: this.querySelector('label').textContent }));
    this.setAttribute('state', 'ready');
    this.setAttribute('href', href);
    this.input.value = '';
    say(this.text('done'));
    this.dispatchEvent(new CustomEvent('image:ready', { bubbles: true, detail: { url, href } }));
  }

  async removeImage() {
    try {
      await this.ask(this.getAttribute('href'), 'DELETE');
    } catch (error) {
      if (error.status !== 404) return this.fail(error.detail || this.text('failed'));
    }
    this.box.querySelector('img')?.remove();
    this.removeAttribute('href');
    this.setAttribute('state', 'empty');
    this.input.focus();
    say(this.text('removed'));
    this.dispatchEvent(new CustomEvent('image:removed', { bubbles: true }));
  }
}

customElements.define('image-field', ImageField);
