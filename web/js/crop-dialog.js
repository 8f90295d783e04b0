// The dialog that asks which part of a picture to show: pointer, or arrows, size slider and turn button by keyboard.
// cropperjs draws it; the picture always fills the frame, so pixels of the frame times one factor are pixels of the source.
import './cropper.js';

const LONGEST = 1600; // of the preview; the selection is told in pixels of the source
const STEP = 0.01;
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// Answers { crop, turn } in pixels of the upright source, null when given up. Rejects for what no picture is.
// It begins with `crop` (null: the largest part) of the picture after `turn`.
export async function choosePart(file, { ratio, least, text, crop = null, turn = 0 }) {
  const source = await createImageBitmap(file, { imageOrientation: 'from-image' });
  try {
    return await new CropDialog(source, ratio, least, text, turn).ask(crop);
  } finally {
    source.close();
  }
}

class CropDialog {
  constructor(source, ratio, least, text, turn) {
    Object.assign(this, { source, ratio, least, text, turn });
  }

  async ask(crop) {
    const before = document.activeElement;
    this.build();
    const drawn = await this.draw(this.turn);
    document.body.append(this.dialog);
    this.dialog.showModal(); // only now: it takes keys at once, and each needs the selection
    this.place(drawn);
    if (crop) this.show(crop);
    this.frame.focus();
    await new Promise((resolve) => this.dialog.addEventListener('close', resolve, { once: true }));
    const answer = this.dialog.returnValue === 'ok' ? { crop: this.crop(), turn: this.turn } : null;
    URL.revokeObjectURL(this.url);
    this.dialog.remove();
    before?.focus();
    return answer;
  }

  build() {
    this.dialog = make('dialog', { className: 'dialog crop-dialog', returnValue: '' });
    const title = make('h2', { id: 'crop-title', textContent: this.text('crop-title') });
    this.dialog.setAttribute('aria-labelledby', title.id);
    this.frame = make('div', { className: 'crop-frame', tabIndex: 0 });
    this.frame.setAttribute('role', 'application');
    this.frame.setAttribute('aria-label', this.text('crop-hint'));
    this.frame.addEventListener('keydown', (event) => this.onKey(event));
    this.size = make('input', { type: 'range', id: 'crop-size', max: '100', step: '1', value: '100' });
    this.size.addEventListener('input', () => this.resize(Number(this.size.value) / 100));
    const label = make('label', { htmlFor: 'crop-size', className: 'label', textContent: this.text('crop-size') });
    const tools = row('crop-tools', label, this.size, this.button('crop-turn', 'button', () => this.rotate()));
    const foot = row('dialog-foot', this.button('crop-cancel', 'button', () => this.dialog.close('')), this.button('crop-ok', 'button button-primary', () => this.dialog.close('ok')));
    const hint = make('p', { className: 'muted small', textContent: this.text('crop-hint') });
    this.dialog.append(row('dialog-head', title), row('dialog-body', this.frame, hint, tools), foot);
  }

  button(name, className, act) {
    const button = make('button', { type: 'button', className, textContent: this.text(name) });
    button.addEventListener('click', act);
    return button;
  }

  // The preview is drawn turned already; cropperjs only moves the selection on it. Nothing of the dialog changes here.
  async draw(turn) {
    const lying = turn % 180 !== 0;
    const width = lying ? this.source.height : this.source.width;
    const height = lying ? this.source.width : this.source.height;
    const scale = Math.min(1, LONGEST / Math.max(width, height));
    const canvas = make('canvas', { width: Math.round(width * scale), height: Math.round(height * scale) });
    const pen = canvas.getContext('2d');
    pen.translate(canvas.width / 2, canvas.height / 2);
    pen.rotate((turn * Math.PI) / 180);
    pen.scale(scale, scale);
    pen.drawImage(this.source, -this.source.width / 2, -this.source.height / 2);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve));
    if (this.url) URL.revokeObjectURL(this.url);
    this.url = URL.createObjectURL(blob);
    return { turn, width, height };
  }

  place(drawn) {
    Object.assign(this, drawn);
    const room = this.frame.parentElement.clientWidth - 2 * parseFloat(getComputedStyle(this.frame.parentElement).paddingInlineStart);
    const fit = Math.min(room / this.width, (window.innerHeight * 0.55) / this.height);
    this.frame.replaceChildren();
    this.frame.style.inlineSize = `${Math.round(this.width * fit)}px`;
    this.frame.style.blockSize = `${Math.round(this.height * fit)}px`;
    const picture = make('img', { src: this.url, alt: '' });
    this.selection = document.createElement('cropper-selection');
    for (const name of ['movable', 'resizable', 'outlined']) this.selection.setAttribute(name, '');
    this.selection.setAttribute('aspect-ratio', this.ratio);
    this.selection.append(handle('move'), ...['nw-resize', 'ne-resize', 'sw-resize', 'se-resize'].map(handle));
    const canvas = document.createElement('cropper-canvas');
    canvas.append(document.createElement('cropper-shade'), this.selection);
    this.frame.append(picture, canvas);
    this.factor = this.width / this.frame.clientWidth;
    this.widest = Math.min(this.frame.clientWidth, this.frame.clientHeight * this.ratio);
    this.size.min = String(Math.min(100, Math.ceil((100 * this.least) / (this.widest * this.factor))));
    this.selection.addEventListener('change', (event) => this.keepInside(event));
    this.resize(1, true);
    this.size.value = '100';
  }

  // What is pulled over the edge slides along it; what would grow over it stays.
  keepInside(event) {
    const { x, y, width, height } = event.detail;
    if (this.isInside(event.detail)) return;
    event.preventDefault();
    if (width === this.selection.width && height === this.selection.height) this.set(x, y);
  }

  isInside({ x, y, width, height }) {
    const isIn = x >= -1 && y >= -1 && x + width <= this.frame.clientWidth + 1 && y + height <= this.frame.clientHeight + 1;
    const isLarge = width * this.factor >= Math.min(this.least, this.widest * this.factor) - 1;
    if (isIn && isLarge) this.size.value = String(Math.round((100 * width) / this.widest));
    return isIn && isLarge;
  }

  // Around its own centre, kept within the picture.
  resize(part, isFirst = false) {
    const width = this.widest * part;
    const height = width / this.ratio;
    const middle = isFirst ? [this.frame.clientWidth / 2, this.frame.clientHeight / 2] : [this.selection.x + this.selection.width / 2, this.selection.y + this.selection.height / 2];
    this.set(middle[0] - width / 2, middle[1] - height / 2, width, height);
  }

  // A part told in pixels of the turned source.
  show(crop) {
    const part = Math.min(1, crop.width / this.factor / this.widest);
    this.resize(part);
    this.set(crop.x / this.factor, crop.y / this.factor);
    this.size.value = String(Math.round(100 * part));
  }

  set(x, y, width = this.selection.width, height = this.selection.height) {
    const left = Math.min(Math.max(0, x), this.frame.clientWidth - width);
    const top = Math.min(Math.max(0, y), this.frame.clientHeight - height);
    this.selection.$change(left, top, width, height, this.ratio);
  }

  onKey(event) {
    if (event.key === 'Enter') {
      event.preventDefault(); // or the same press would push the button that gets the focus back
      this.dialog.close('ok');
    }
    const move = MOVES[event.key];
    if (!move) return;
    event.preventDefault();
    const far = (event.shiftKey ? 10 : 1) * STEP * this.frame.clientWidth;
    this.set(this.selection.x + move[0] * far, this.selection.y + move[1] * far);
  }

  async rotate() {
    const drawn = await this.draw((this.turn + 90) % 360);
    if (this.dialog.open) this.place(drawn); // else the answer is the old turn with the old selection
  }

  crop() {
    const { x, y, width, height } = this.selection;
    const left = Math.max(0, Math.round(x * this.factor));
    const top = Math.max(0, Math.round(y * this.factor));
    return { x: left, y: top, width: Math.min(Math.round(width * this.factor), this.width - left), height: Math.min(Math.round(height * this.factor), this.height - top) };
  }
}

function make(name, values) {
  return Object.assign(document.createElement(name), values);
}

function row(className, ...parts) {
  const box = make('div', { className });
  box.append(...parts);
  return box;
}

function handle(action) {
  const part = document.createElement('cropper-handle');
  part.setAttribute('action', action);
  if (action === 'move') part.setAttribute('plain', '');
  return part;
}
