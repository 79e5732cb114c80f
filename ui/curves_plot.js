// One panel of curves on a canvas: scales, grid, lines. Pure functions; curves.js holds what lasts.

function drawPanel(canvas, panel, lines, { range, margin, ink, dark, font, number, hover, drag, smooth }) {
  const ratio = window.devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  [canvas.width, canvas.height] = [width * ratio, height * ratio];
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  pen.font = font;

  // Scales: steps across, values up; on a logarithmic scale what is not above zero has no place.
  const shown = lines.map((line) => window_(line, range, panel.log));
  const [low, high] = panel.log ? logLimits(shown, panel) : (panel.range ?? limits(shown, panel));
  const [right, bottom] = [width - margin, height - PAD.bottom];
  const up = panel.log ? (value) => Math.log(value / low) / Math.log(high / low) : (value) => (value - low) / (high - low);
  const toX = (step) => PAD.left + ((step - range[0]) / (range[1] - range[0] || 1)) * (right - PAD.left);
  const toY = (value) => bottom - up(value) * (bottom - PAD.top);

  // Grid and numbers, quiet.
  pen.fillStyle = ink;
  pen.strokeStyle = ink;
  pen.textBaseline = "middle";
  pen.textAlign = "right";
  for (const value of panel.log ? logTicks(low, high) : ticks(low, high, height / 55)) {
    line_(pen, PAD.left, toY(value), right, toY(value), 0.1);
    pen.globalAlpha = 0.65;
    pen.fillText(number.format(value), PAD.left - 8, toY(value));
  }
  pen.textAlign = "center";
  for (const step of ticks(range[0], range[1], width / 110)) {
    pen.globalAlpha = 0.65;
    pen.fillText(number.format(step), Math.min(toX(step), right - 14), bottom + 14);
  }

  // Levels that mean something, dashed in the colour of the line that they belong to.
  pen.save();
  pen.beginPath();
  pen.rect(PAD.left, PAD.top - 2, right - PAD.left + 3, bottom - PAD.top + 4); // the last dot whole
  pen.clip();
  pen.setLineDash([5, 4]);
  for (const level of panel.levels.filter(({ value }) => value > 0 || !panel.log)) {
    pen.strokeStyle = level.colour ? level.colour[Number(dark)] : ink;
    line_(pen, PAD.left, toY(level.value), right, toY(level.value), 0.65);
  }
  pen.setLineDash([]);

  // The lowest and highest of every few steps thin; strong the moving average of all steps' means.
  pen.lineJoin = "round";
  const ends = [];
  for (const [index, { x, y, means }] of shown.entries()) {
    const { end, colour, dash, dots } = lines[index];
    const reach = dots ? 0 : reachOf(x, range, smooth);
    const mean = reach < 1 ? y : average(means, reach);
    pen.strokeStyle = pen.fillStyle = colour[Number(dark)];
    if (dots) drawDots(pen, shown[index], toX, (value) => toY(panel.log ? Math.max(value, low) : value));
    if (mean !== y) path(pen, x, y, toX, toY, 1, panel.faint ?? 0.28);
    pen.setLineDash(dash ?? []);
    path(pen, x, mean, toX, toY, 2, 1);
    pen.setLineDash([]);
    const last = mean.findLastIndex(Number.isFinite);
    if (last >= 0) ends.push({ words: end, colour: colour[Number(dark)], y: toY(mean[last]) });
  }

  // The reader's hand: a hair line, or the range being chosen.
  pen.fillStyle = pen.strokeStyle = ink;
  if (hover && !drag) line_(pen, toX(hover.step), PAD.top, toX(hover.step), bottom, 0.4);
  if (hover && drag && !drag.pan) {
    pen.globalAlpha = 0.12;
    pen.fillRect(toX(drag.start), PAD.top, toX(hover.step) - toX(drag.start), bottom - PAD.top);
  }
  pen.restore();
  const { best } = panel; // whole, also at the edge
  if (best && best.x >= range[0] && best.x <= range[1]) drawStar(pen, toX(best.x), toY(best.y), best.colour[Number(dark)]);
  writeEnds(pen, ends, right + 8, bottom);
}

// What was measured now and then: a dot each time, and a bar as long as it may be wrong.
function drawDots(pen, { x, y, spread }, toX, toY) {
  for (let i = 0; i < x.length; i++) {
    if (!Number.isFinite(y[i])) continue;
    if (spread) line_(pen, toX(x[i]), toY(y[i] - spread[i]), toX(x[i]), toY(y[i] + spread[i]), 0.6);
    pen.globalAlpha = 1;
    pen.beginPath();
    pen.arc(toX(x[i]), toY(y[i]), 3, 0, 2 * Math.PI);
    pen.fill();
  }
}

// A star with five points, over the best of what was measured.
function drawStar(pen, x, y, colour) {
  [pen.globalAlpha, pen.fillStyle] = [1, colour];
  pen.beginPath();
  for (let i = 0; i < 10; i++) {
    const [angle, radius] = [(i * Math.PI) / 5, i % 2 ? 3 : 7.5];
    pen.lineTo(x + radius * Math.sin(angle), y - radius * Math.cos(angle));
  }
  pen.fill();
}

// Where each line ends stands which one it is, so that no colour is needed to tell them apart; never one over another.
function writeEnds(pen, ends, x, bottom) {
  const [lineHeight, half] = [14, 7];
  ends.sort((a, b) => a.y - b.y);
  let lowest = PAD.top + half;
  for (const end of ends) {
    end.y = Math.max(lowest, end.y);
    lowest = end.y + lineHeight;
  }
  let highest = bottom - half;
  for (const end of ends.toReversed()) {
    end.y = Math.min(highest, end.y);
    highest = end.y - lineHeight;
  }
  pen.globalAlpha = 1;
  [pen.textBaseline, pen.textAlign] = ["middle", "left"];
  for (const { words, colour, y } of ends) {
    pen.fillStyle = colour;
    pen.fillText(words, x, y);
  }
}

function element(tag, name, parent) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  parent.append(made);
  return made;
}

function line_(pen, x0, y0, x1, y1, alpha) {
  pen.globalAlpha = alpha;
  pen.lineWidth = 1;
  pen.beginPath();
  pen.moveTo(x0, y0);
  pen.lineTo(x1, y1);
  pen.stroke();
}

function path(pen, x, y, toX, toY, width, alpha) {
  pen.globalAlpha = alpha;
  pen.lineWidth = width;
  pen.beginPath();
  let down = false; // a value that is not a number breaks the line
  for (let i = 0; i < x.length; i++) {
    if (Number.isFinite(y[i])) pen[down ? "lineTo" : "moveTo"](toX(x[i]), toY(y[i]));
    down = Number.isFinite(y[i]);
  }
  pen.stroke();
}

// The points inside a range, and one more at either side so that the line reaches the edge.
function window_({ x, y, means, spread }, [low, high], log) {
  const from = Math.max(0, first(x, low) - 1);
  const to = Math.min(x.length, first(x, high) + 1);
  const part = (values) => {
    const shown = values.subarray(from, to);
    return log ? shown.map((value) => (value > 0 ? value : NaN)) : shown;
  };
  return { x: x.subarray(from, to), y: part(y), means: part(means), spread: spread?.slice(from, to) };
}

function first(x, step) {
  let [low, high] = [0, x.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    x[middle] < step ? (low = middle + 1) : (high = middle);
  }
  return low;
}

function nearest(x, step) {
  const next = Math.min(first(x, step), x.length - 1);
  return next > 0 && step - x[next - 1] < x[next] - step ? next - 1 : next;
}

// Lowest and highest value on the axis: round numbers, without the highest half per cent, so that one spike flattens nothing,
// unless every value counts.
function limits(shown, { levels, every }) {
  const values = shown.flatMap(({ y }) => [...y].filter(Number.isFinite)).sort((a, b) => a - b);
  const top = values[Math.floor((values.length - 1) * (every ? 1 : 0.995))] ?? 1;
  const high = Math.max(top, ...levels.map(({ value }) => value)) * 1.08;
  const low = Math.min(0, values[0] ?? 0);
  const unit = niceUnit((high - low) / 4);
  return [Math.floor(low / unit) * unit, Math.ceil(high / (unit / 2)) * (unit / 2)];
}

// The same on a logarithmic scale, without the outermost half per cent at both ends; where every value counts, the levels do.
function logLimits(shown, { levels, every }) {
  const known = every ? levels.map(({ value }) => value).filter((value) => value > 0) : [];
  const values = [...known, ...shown.flatMap(({ y }) => [...y].filter(Number.isFinite))].sort((a, b) => a - b);
  const [low, high] = (every ? [0, 1] : [0.005, 0.995]).map((share) => values[Math.round((values.length - 1) * share)] ?? 1);
  return [low / 1.15, high * 1.15];
}

function logTicks(low, high) {
  const marks = [];
  for (let power = 10 ** Math.floor(Math.log10(low)); power <= high; power *= 10) marks.push(power, 2 * power, 5 * power);
  const inside = marks.filter((mark) => mark >= low && mark <= high);
  return inside.length > 8 ? inside.filter((mark) => Number.isInteger(Math.log10(mark))) : inside;
}

function niceUnit(rough) {
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
}

function ticks(low, high, count) {
  const unit = niceUnit((high - low) / Math.max(2, count));
  const marks = [];
  for (let i = Math.ceil(low / unit - 1e-9); i * unit <= high + unit * 1e-6; i++) marks.push(i * unit || 0);
  return marks;
}

// How many points to either side a share of the visible range spans, on a line that may cover only a part of it.
function reachOf(x, [low, high], share) {
  const span = x.at(-1) - x[0];
  return span > 0 ? Math.min(x.length, Math.round((x.length * share * (high - low)) / span / 2)) : 0;
}

// Centred moving average.
function average(y, reach) {
  const sums = new Float64Array(y.length + 1);
  const counts = new Float64Array(y.length + 1);
  for (let i = 0; i < y.length; i++) {
    const finite = Number.isFinite(y[i]);
    sums[i + 1] = sums[i] + (finite ? y[i] : 0);
    counts[i + 1] = counts[i] + Number(finite);
  }
  return y.map((_, i) => {
    const [from, to] = [Math.max(0, i - reach), Math.min(y.length, i + reach + 1)];
    return (sums[to] - sums[from]) / (counts[to] - counts[from]);
  });
}

function isDark(colour) {
  const pen = (isDark.pen ??= document.createElement("canvas").getContext("2d", { willReadFrequently: true }));
  pen.fillStyle = colour.trim() || "#fff";
  pen.fillRect(0, 0, 1, 1);
  const [red, green, blue] = pen.getImageData(0, 0, 1, 1).data;
  return red * 0.3 + green * 0.6 + blue * 0.1 < 128;
}
