// Charts of numbers that the page brings along.

const CHART = { width: 560, height: 260, left: 62, right: 16, top: 12, bottom: 40 };

const LABEL = 10; // characters of a label below a chart
const LETTER = 8; // width of a digit below a chart, about
const MOST_GIVEN = 12; // values that are ticks themselves

function roundTicks(low, high, log) {
  if (log) {
    const few = high / low < 200, ticks = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++)
      for (const digit of few ? [1, 2, 5] : [1]) ticks.push(digit * 10 ** power);
    const inside = ticks.filter((tick) => tick >= low * 0.99 && tick <= high * 1.01), step = Math.ceil(inside.length / 8);
    if (inside.length > 1) return inside.filter((tick, i) => i % step === 0);
  }
  const rough = (high - low || 1) / 5, unit = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((k) => k * unit).find((each) => each >= rough);
  const ticks = [];
  for (let k = Math.ceil(low / step); k * step <= high + step * 1e-9; k++) ticks.push(k * step);
  return ticks;
}

// the values themselves as ticks, where they are few, or round ones; text at a tick is not wider than its room
function givenTicks(values, place) {
  const known = [...new Set(values)].sort((a, b) => a - b);
  if (known.length > MOST_GIVEN) return null;
  const half = (value) => (LETTER * whole(value).length) / 2 + 3;
  const apart = (a, b) => Math.abs(place(a) - place(b)) > half(a) + half(b);
  const kept = known.slice(0, 1), last = known[known.length - 1];
  for (const value of known.slice(1)) if (apart(value, kept[kept.length - 1]) && (value === last || apart(value, last))) kept.push(value);
  return kept;
}

function scale(values, log, from, to, room, given = false) {
  let low = Math.min(...values), high = Math.max(...values);
  if (low === high) [low, high] = log ? [low / 2, high * 2] : [low - (Math.abs(low) || 1) / 2, high + (Math.abs(high) || 1) / 2];
  const turn = log ? Math.log : (x) => x;
  const edge = room * (turn(high) - turn(low));
  const begin = turn(low) - edge, span = turn(high) - turn(low) + 2 * edge;
  const place = (value) => from + ((turn(value) - begin) / span) * (to - from);
  return Object.assign(place, { ticks: (given && givenTicks(values, place)) || roundTicks(low, high, log) });
}

// series: name, kind ("line", "dots" or "steps"), points [x, y, low, high, lines of a hint]; null numbers leave gaps.
// given: the ticks below are at the points themselves
function chart({ series, x, y, logX = false, given = false, logY = false, zero = false, labels = null, mark = null, share = false }) {
  const told = (value) => (share ? percent(value, 3) : digits(value, 3));
  const points = series.flatMap((each) => each.points).filter((point) => point[1] !== null && Number.isFinite(point[1]));
  if (!points.length) return element("p", { class: "quiet", text: "There is nothing to draw." });
  const ys = points.flatMap((point) => [point[1], point[2] ?? point[1], point[3] ?? point[1]]).filter((value) => !logY || value > 0);
  if (zero) ys.push(0);
  const across = scale(points.map((point) => point[0]), logX, CHART.left, CHART.width - CHART.right, 0.04, given);
  const up = scale(ys, logY, CHART.height - CHART.bottom, CHART.top, 0.05);
  const made = drawing("svg", { viewBox: `0 0 ${CHART.width} ${CHART.height}`, class: "chart", role: "img", "aria-label": `${y} by ${x}` });
  for (const tick of up.ticks) {
    made.append(drawing("line", { class: "grid", x1: CHART.left, x2: CHART.width - CHART.right, y1: up(tick), y2: up(tick) }));
    made.append(drawing("text", { class: "tick", x: CHART.left - 6, y: up(tick) + 4, "text-anchor": "end", text: told(tick) }));
  }
  const short = (text) => ([...text].length > LABEL ? `${[...text].slice(0, LABEL - 1).join("")}…` : text);
  const widest = labels ? Math.max(...labels.map((text) => [...short(text)].length)) * 10 + 8 : 0; // of a label, about
  const every = labels ? Math.ceil((labels.length * widest) / (CHART.width - CHART.left - CHART.right)) : 1;
  for (const tick of labels ? labels.map((_, k) => k).filter((k) => k % every === 0) : across.ticks) {
    const text = labels ? short(labels[tick]) : Number.isInteger(tick) ? whole(tick) : digits(tick, 6);
    const x = Math.min(across(tick), CHART.width - Math.max(widest, 10 * text.length) / 2);
    made.append(drawing("text", { class: "tick", x, y: CHART.height - CHART.bottom + 16, "text-anchor": "middle", text }));
  }
  made.append(drawing("text", { class: "axis", x: CHART.width - CHART.right, y: CHART.height - 6, "text-anchor": "end", text: x }));
  if (mark !== null) made.append(drawing("line", { class: "mark", x1: across(mark), x2: across(mark), y1: CHART.top, y2: CHART.height - CHART.bottom }));
  series.forEach((each, k) => {
    const shown = each.points.filter((point) => point[1] === null || (Number.isFinite(point[1]) && (!logY || point[1] > 0)));
    if (each.kind !== "dots") made.append(drawing("path", { class: `line s${k}`, d: linePath(shown, across, up, each.kind === "steps") }));
    for (const point of shown) {
      if (point[1] === null) continue;
      const group = drawing("g", { class: `point s${k}` });
      if (point[2] !== undefined && point[2] !== null) {
        const low = logY ? Math.max(point[2], Math.min(...ys)) : point[2];
        group.append(drawing("line", { x1: across(point[0]), x2: across(point[0]), y1: up(low), y2: up(point[3]) }));
      }
      group.append(drawing("circle", { cx: across(point[0]), cy: up(point[1]), r: each.points.length > 60 ? 2 : 4 }));
      made.append(hinted(group, () => point[4] || [`${x}: ${digits(point[0], 6)}`, `${y}: ${share ? percent(point[1]) : digits(point[1])}`]));
    }
  });
  const legend = series.length > 1 ? element("div", { class: "legend" }, ...series.map((each, k) => element("span", { class: `s${k}`, text: each.name }))) : null;
  return element("figure", null, element("figcaption", { text: y }), legend, made);
}

function linePath(points, across, up, steps) {
  let path = "", open = false;
  for (const [x, y] of points) {
    if (y === null) { open = false; continue; }
    path += open ? (steps ? `H${across(x).toFixed(1)}V${up(y).toFixed(1)}` : `L${across(x).toFixed(1)},${up(y).toFixed(1)}`) : `M${across(x).toFixed(1)},${up(y).toFixed(1)}`;
    open = true;
  }
  return path;
}

// a matrix as coloured cells; values around 0 have two hues
function heatMap({ words, values, title }) {
  const size = Math.max(4, Math.floor(360 / values.length));
  const flat = values.flat().filter((value) => value !== null);
  const largest = quantile(flat.map(Math.abs), 0.98) || 1;
  const place = element("canvas", { width: size * values.length, height: size * values.length, role: "img", "aria-label": title });
  const brush = place.getContext("2d");
  values.forEach((row, i) => row.forEach((value, j) => {
    brush.fillStyle = value === null ? "#888" : diverging(value / largest);
    brush.fillRect(j * size, i * size, size, size);
  }));
  place.addEventListener("pointermove", (event) => {
    const box = place.getBoundingClientRect();
    const i = Math.floor(((event.clientY - box.top) / box.height) * values.length), j = Math.floor(((event.clientX - box.left) / box.width) * values.length);
    if (values[i] && words[j]) showHint(event, [`${wordText(words[i])} · ${wordText(words[j])}`, digits(values[i][j])]);
  });
  place.addEventListener("pointerleave", hideHint);
  return element("figure", { class: "heat" }, element("figcaption", { text: title }), place);
}

function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length ? sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] : 0;
}

// −1 … 1: orange, pale, blue, as in the plots
// of dots, what is near 0 comes near to the ground of the page, which may be dark
function diverging(value, dots = false) {
  const dark = dots && matchMedia("(prefers-color-scheme: dark)").matches;
  const share = Math.min(1, Math.abs(value)) ** 0.7, pale = dark ? [72, 80, 90] : dots ? [205, 210, 216] : [240, 241, 243], full = value < 0 ? [213, 94, 0] : [0, 114, 178];
  return `rgb(${pale.map((part, k) => Math.round(part + share * (full[k] - part))).join(",")})`;
}

const HUES = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8c6bb1", "#7f7f3f", "#a6611a", "#666666"];

function hue(number) {
  return HUES[number % HUES.length];
}
