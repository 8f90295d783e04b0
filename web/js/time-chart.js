// <time-chart>: draws the table it wraps as lines (uPlot). The table stays the accessible version.
const LANG = document.documentElement.lang === 'sv' ? 'sv-SE' : 'en-GB';
const numbers = new Intl.NumberFormat(LANG);
const shortDay = new Intl.DateTimeFormat(LANG, { day: 'numeric', month: 'short', timeZone: 'UTC' });
const longDay = new Intl.DateTimeFormat(LANG, { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });
const shortHour = (zone) => new Intl.DateTimeFormat(LANG, { hour: '2-digit', minute: '2-digit', timeZone: zone });
const longHour = (zone) => new Intl.DateTimeFormat(LANG, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', timeZone: zone, timeZoneName: 'short' });
const HEIGHT = 248;
const FONT = '12px Inter, sans-serif';

let library;
function loadLibrary() {
  library ??= new Promise((resolve, reject) => {
    const style = Object.assign(document.createElement('link'), { rel: 'stylesheet', href: new URL('./uplot.css', import.meta.url) });
    const script = Object.assign(document.createElement('script'), { src: new URL('./uplot.js', import.meta.url), onload: resolve, onerror: reject });
    document.head.append(style, script);
  });
  return library;
}

class TimeChart extends HTMLElement {
  async connectedCallback() {
    this.read();
    const zone = this.getAttribute('zone'); // hours of a day; without it, days
    this.short = zone ? shortHour(zone) : shortDay;
    this.long = zone ? longHour(zone) : longDay;
    await loadLibrary();
    if (!this.isConnected) return;
    if (!this.hasAttribute('view')) this.setAttribute('view', 'chart');
    this.redraw = () => this.draw(true);
    this.watcher = new ResizeObserver(() => this.draw());
    this.watcher.observe(this);
    this.system = matchMedia('(prefers-color-scheme: dark)');
    this.system.addEventListener('change', this.redraw);
    document.addEventListener('theme', this.redraw);
  }

  disconnectedCallback() {
    this.watcher?.disconnect();
    this.system?.removeEventListener('change', this.redraw);
    document.removeEventListener('theme', this.redraw);
    this.plot?.destroy();
    this.plot = undefined;
  }

  read() {
    const rows = [...this.querySelectorAll('tbody tr')];
    this.names = [...this.querySelectorAll('thead th')].slice(1).map((head) => head.textContent.trim());
    const moments = rows.map((row) => Date.parse(row.querySelector('time').dateTime) / 1000);
    this.columns = [moments, ...this.names.map((_, i) => rows.map((row) => Number(row.cells[i + 1].dataset.value)))];
  }

  colour(token) {
    const probe = document.createElement('i');
    probe.hidden = true;
    probe.style.color = `var(${token})`;
    this.append(probe);
    const value = getComputedStyle(probe).color;
    probe.remove();
    return value;
  }

  draw(again = false) {
    const width = this.clientWidth;
    if (!width || (width === this.width && !again)) return;
    this.width = width;
    this.plot?.destroy();
    this.plot = new uPlot(this.options(width), this.columns, this);
    this.plot.root.setAttribute('role', 'img');
    this.plot.root.setAttribute('aria-label', this.getAttribute('summary'));
  }

  options(width) {
    const ink = this.colour('--ink-3');
    const line = this.colour('--line');
    const axis = { stroke: ink, font: FONT, ticks: { show: false }, gap: 8 };
    return {
      width,
      height: HEIGHT,
      padding: [10, 18, 0, 0],
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'UTC'),
      legend: { show: false },
      cursor: { y: false, points: { size: 8, width: 2 }, move: (plot, left, top) => [left < 0 ? left : plot.valToPos(plot.data[0][plot.posToIdx(left)], 'x'), top] },
      scales: { y: { range: (_, low, high) => [Math.min(0, low), high > 0 ? high * 1.15 : 1] } },
      axes: [
        { ...axis, grid: { show: false }, size: 28, space: 76, values: (_, marks) => marks.map((mark) => this.short.format(mark * 1000)) },
        { ...axis, grid: { stroke: line, width: 1 }, size: 46, space: 46, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 5e4, 1e5, 1e6], values: (_, marks) => marks.map((mark) => numbers.format(mark)) },
      ],
      series: [{}, ...this.names.map((name, i) => this.line(name, i, ink))],
      hooks: { init: [(plot) => this.addTip(plot)], setCursor: [(plot) => this.moveTip(plot)] },
    };
  }

  line(name, index, ink) {
    const last = index === this.names.length - 1;
    if (index > 0 && last && this.hasAttribute('dashed')) return { label: name, stroke: ink, width: 1.5, dash: [3, 4], points: { show: false } };
    const colour = this.colour(index ? '--chart-2' : '--chart-1');
    if (index) return { label: name, stroke: colour, width: 2, points: { show: false } };
    const fade = (plot) => {
      const { top, height } = plot.bbox;
      const paint = plot.ctx.createLinearGradient(0, top, 0, top + height);
      paint.addColorStop(0, colour.replace(/\)$/, ' / 0.18)'));
      paint.addColorStop(1, colour.replace(/\)$/, ' / 0)'));
      return paint;
    };
    return { label: name, stroke: colour, width: 2, fill: fade, points: { show: this.columns[0].length < 3 } };
  }

  addTip(plot) {
    this.tip = Object.assign(document.createElement('div'), { className: 'chart-tip' });
    plot.over.append(this.tip);
  }

  moveTip(plot) {
    const { idx, left } = plot.cursor;
    if (idx == null || left < 0) {
      this.tip.style.display = 'none';
      return;
    }
    const bold = (text) => Object.assign(document.createElement('b'), { textContent: text });
    const lines = this.names.map((name, i) => {
      const line = document.createElement('span');
      line.append(name, bold(numbers.format(this.columns[i + 1][idx])));
      return line;
    });
    this.tip.replaceChildren(bold(this.long.format(this.columns[0][idx] * 1000)), ...lines);
    this.tip.style.display = 'block';
    const width = this.tip.offsetWidth;
    const beyond = left + 14 + width > plot.over.clientWidth;
    this.tip.style.translate = `${Math.max(0, beyond ? left - width - 14 : left + 14)}px 12px`;
  }
}

customElements.define('time-chart', TimeChart);
