// Curves, live or of several runs: one instance lives as long as its element, so that ticks swap the points and nothing else.
// The zoom and the choice of lines belong to the reader; only the points, words and colours come from the server.
// Owns the elements and the reader's hand; curves_plot.js, which travels behind this file, puts the pixels down.

const PAD = { left: 46, right: 10, top: 8, bottom: 24 };
const WIDE = 560; // pixels of width from which lines end in their names; below, in the marks that stand in the names
const HEIGHTS = [250, 150]; // pixels of the first panel and of each one below it

export default function ({ parentElement, data }) {
  const box = parentElement.querySelector(".curves");
  box.chart ??= new Curves(box);
  box.chart.show(decode(data));
}

// Bytes: length of the JSON header, the header, then x, y and means of every line as float32.
function decode(bytes) {
  const copy = bytes.slice().buffer;
  const size = new DataView(copy).getUint32(0, true);
  const scene = JSON.parse(new TextDecoder().decode(new Uint8Array(copy, 4, size)));
  let offset = 4 + size;
  for (const line of scene.panels.flatMap((panel) => panel.lines)) {
    line.x = new Float32Array(copy, offset, line.count);
    line.y = new Float32Array(copy, offset + 4 * line.count, line.count);
    line.means = new Float32Array(copy, offset + 8 * line.count, line.count);
    offset += 12 * line.count;
  }
  return scene;
}

class Curves {
  constructor(box) {
    Object.assign(this, { box, view: null, hidden: new Set(), hover: null, drag: null, right: PAD.right });
    box.addEventListener("keydown", (event) => this.onKey(event));
    new ResizeObserver(() => this.draw()).observe(box);
  }

  show(scene) {
    this.scene = scene;
    const digits = new Intl.NumberFormat(scene.language, { maximumSignificantDigits: 4 });
    this.number = { format: (value) => digits.format(value).replace("-", "−") };
    const names = ({ title, lines, levels }) => [title, lines.map(({ name }) => name), levels.map(({ name }) => name)];
    const words = JSON.stringify([scene.words, scene.panels.map(names)]);
    if (words !== this.words) this.build();
    this.words = words;
    if (this.axis !== scene.axis) this.view = null; // a range of steps is none of epochs
    this.axis = scene.axis;
    const last = Math.max(0, ...scene.panels.flatMap((panel) => panel.lines.map((line) => line.x.at(-1) ?? 0)));
    this.extent = [0, Math.max(last, 5 * scene.least)];
    this.draw();
  }

  // The elements; made again only when the words change, as when the language does.
  build() {
    const { words, panels } = this.scene;
    this.box.replaceChildren();
    this.box.setAttribute("aria-label", words.label);
    this.canvases = panels.map((panel, index) => {
      const head = element("div", "head", this.box);
      element("span", "title", head).textContent = panel.title;
      if (index === 0) this.addTools(head, words);
      const legend = element("div", "names", this.box);
      for (const line of panel.names ? panel.lines : []) this.addLegend(legend, line);
      for (const level of panel.levels) this.addLevel(legend, level);
      const canvas = element("canvas", "panel", this.box);
      canvas.style.height = `${panel.height ?? HEIGHTS[Math.min(index, 1)]}px`;
      this.listen(canvas);
      return canvas;
    });
    this.tip = element("div", "tip", this.box);
  }

  addLegend(head, line) {
    const button = element("button", "legend", head);
    element("bdi", "", button).textContent = line.name;
    button.title = this.scene.words.toggle;
    const [on, off] = line.dash ?? [];
    const pattern = `repeating-linear-gradient(90deg, var(--line) 0 ${on}px, transparent ${on}px ${on + off}px)`;
    if (on) button.style.setProperty("--pattern", pattern);
    button.dataset.key = line.key;
    button.onclick = () => {
      this.hidden.has(line.key) ? this.hidden.delete(line.key) : this.hidden.add(line.key);
      this.draw();
    };
  }

  addLevel(head, { name, colour }) {
    const entry = element("span", "level", head);
    entry.textContent = name;
    entry.colour = colour;
  }

  addTools(head, words) {
    const tools = element("span", "tools", head);
    const add = (name, label, text, action) => {
      const button = element("button", name, tools);
      Object.assign(button, { textContent: text, title: label, onclick: action });
      button.setAttribute("aria-label", label);
      return button;
    };
    this.whole = add("whole", words.whole, words.whole, () => this.setView(null));
    add("out", words.zoom_out, "−", () => this.zoom(2));
    add("in", words.zoom_in, "+", () => this.zoom(0.5));
  }

  // Dragging chooses a range, with Shift it pans; Ctrl and the wheel zoom, so that the page still scrolls.
  listen(canvas) {
    const step = (event) => this.toStep(event.clientX - canvas.getBoundingClientRect().left, canvas.clientWidth);
    canvas.onpointerdown = (event) => {
      canvas.setPointerCapture(event.pointerId);
      const from = event.clientX;
      this.drag = { from, to: from, start: step(event), pan: event.shiftKey && this.view, scale: this.scale(canvas) };
    };
    canvas.onpointermove = (event) => {
      this.hover = { canvas, step: step(event), x: event.clientX - canvas.getBoundingClientRect().left };
      if (this.drag) this.drag.to = event.clientX;
      if (this.drag?.pan) this.pan(this.drag.pan, (this.drag.from - event.clientX) * this.drag.scale);
      else this.draw();
    };
    canvas.onpointerup = (event) => {
      const drag = this.drag;
      this.drag = null;
      const [low, high] = [drag?.start, step(event)].sort((a, b) => a - b);
      if (drag && !drag.pan && Math.abs(drag.from - drag.to) > 6) this.setView([low, high]);
      else this.draw();
    };
    canvas.onpointercancel = canvas.onpointerleave = () => {
      this.drag = this.hover = null;
      this.draw();
    };
    canvas.ondblclick = () => this.setView(null);
    const onWheel = (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      this.zoom(event.deltaY > 0 ? 1.25 : 0.8, step(event));
    };
    canvas.addEventListener("wheel", onWheel, { passive: false });
  }

  onKey(event) {
    const [low, high] = this.range();
    const actions = {
      ArrowLeft: () => this.pan([low, high], (low - high) / 5),
      ArrowRight: () => this.pan([low, high], (high - low) / 5),
      "+": () => this.zoom(0.5),
      "-": () => this.zoom(2),
      0: () => this.setView(null),
      Escape: () => this.setView(null),
    };
    if (event.target !== this.box || !actions[event.key]) return;
    event.preventDefault();
    actions[event.key]();
  }

  range() { return this.view ?? this.extent; }
  place(x) { return this.scene.least >= 1 ? Math.round(x) : Number(x.toFixed(2)); }
  scale(canvas) { return (this.range()[1] - this.range()[0]) / (canvas.clientWidth - PAD.left - this.right); }

  toStep(x, width) {
    const [low, high] = this.range();
    const share = (x - PAD.left) / (width - PAD.left - this.right);
    return low + Math.min(1, Math.max(0, share)) * (high - low);
  }

  setView(view) {
    this.view = view && view[1] - view[0] >= this.scene.least ? view : null;
    this.draw();
  }

  pan([low, high], steps) {
    const shift = Math.min(Math.max(steps, this.extent[0] - low), Math.max(0, this.extent[1] - high));
    if (this.view) this.setView([low + shift, high + shift]);
  }

  zoom(factor, centre) {
    const [low, high] = this.range();
    const middle = centre ?? (low + high) / 2;
    const from = Math.max(this.extent[0], middle - (middle - low) * factor);
    const to = Math.min(this.extent[1], middle + (high - middle) * factor);
    const whole = from <= this.extent[0] && to >= this.extent[1];
    if (whole || to - from >= this.scene.least) this.setView(whole ? null : [from, to]);
  }

  // What each line ends in, and a right margin for the longest of them, also for a hidden line's, so that nothing jumps.
  measure(font) {
    const pen = this.canvases[0].getContext("2d");
    pen.font = font;
    const lines = this.scene.panels.flatMap((panel) => panel.lines);
    for (const line of lines) line.end = this.box.clientWidth >= WIDE ? (line.short ?? line.name) : line.mark;
    this.right = Math.ceil(Math.max(...lines.map(({ end }) => pen.measureText(end).width))) + PAD.right;
  }

  draw() {
    if (!this.scene || !this.box.clientWidth) return;
    const style = getComputedStyle(this.box);
    const ink = style.getPropertyValue("--st-text-color") || style.color;
    const [dark, font] = [isDark(style.getPropertyValue("--st-background-color")), `12px ${style.fontFamily}`];
    this.measure(font);
    this.box.style.setProperty("--ink", ink);
    this.box.dataset.view = this.view ? this.view.map((place) => this.place(place)).join("-") : "";
    this.whole.hidden = !this.view;
    for (const button of this.box.querySelectorAll(".legend")) {
      const line = this.scene.panels.flatMap((panel) => panel.lines).find(({ key }) => key === button.dataset.key);
      button.setAttribute("aria-pressed", String(!this.hidden.has(line.key)));
      button.style.setProperty("--line", line.colour[Number(dark)]);
    }
    for (const entry of this.box.querySelectorAll(".level")) {
      entry.style.setProperty("--line", entry.colour ? entry.colour[Number(dark)] : ink);
    }
    this.canvases.forEach((canvas, index) => {
      const panel = this.scene.panels[index];
      drawPanel(canvas, panel, panel.lines.filter(({ key }) => !this.hidden.has(key)), {
        range: this.range(), margin: this.right, ink, dark, font, number: this.number, hover: this.hover, drag: this.drag,
        smooth: this.scene.smooth,
      });
    });
    this.drawTip(dark);
  }

  drawTip(dark) {
    this.tip.hidden = !this.hover;
    if (!this.hover) return;
    const { canvas, step, x } = this.hover;
    // Lines of several runs mean one thing a panel, and a shorter run has no value beyond its end.
    const { panels, apart } = this.scene;
    const told = apart ? [panels[this.canvases.indexOf(canvas)]] : panels;
    const lines = told.flatMap((panel) => panel.lines).filter(({ key }) => !this.hidden.has(key));
    this.tip.replaceChildren();
    element("b", "", this.tip).textContent = `${this.scene.words.step} ${this.number.format(this.place(step))}`;
    for (const line of lines.filter(({ count, x }) => count > 0 && !(apart && x.at(-1) < step))) {
      const row = element("div", "", this.tip);
      row.style.setProperty("--line", line.colour[Number(dark)]);
      element("bdi", "", row).textContent = line.short ?? line.name;
      const place = nearest(line.x, step);
      row.append(` ${this.number.format(line.y[place])}`, line.spread ? ` ± ${this.number.format(line.spread[place])}` : "");
    }
    const left = x + 16 + this.tip.offsetWidth > canvas.clientWidth ? x - 16 - this.tip.offsetWidth : x + 16;
    this.tip.style.transform = `translate(${Math.max(0, left)}px, ${canvas.offsetTop + 12}px)`;
  }
}
