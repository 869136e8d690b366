// The map of a weighted automaton: its states are points, its letters are moves. See nerode.eval.maps.

const PLANE = { width: 640, height: 460, edge: 34 };
const GRID = 9; // cells of arrows along each axis
const MOST_HUES = 9; // labels with a colour of their own

function newPlane(place, entry, model) {
  const map = entry.map, file = entry.model.file;
  const states = (entry.states_of_map ||= map.prefixes.map((word) => conditional(stateAfter(word))));
  const points = states.map(projected);
  const limits = [0, 1].map((axis) => {
    const sorted = points.map((point) => point[axis]).sort((a, b) => a - b);
    const low = sorted[Math.floor(0.005 * sorted.length)], high = sorted[Math.ceil(0.995 * sorted.length) - 1];
    const room = 0.08 * Math.max(high - low, 1e-12);
    return [low - room, high + room];
  });
  const across = (x) => PLANE.edge + ((x - limits[0][0]) / (limits[0][1] - limits[0][0])) * (PLANE.width - 2 * PLANE.edge);
  const up = (y) => PLANE.height - PLANE.edge - ((y - limits[1][0]) / (limits[1][1] - limits[1][0])) * (PLANE.height - 2 * PLANE.edge);
  const largest = quantile(points.map((point) => Math.abs(point[1])), 0.98) || 1;
  const dfas = data.automata.map((other, number) => ({ other, number })).filter(({ other }) => other.kind === "dfa" && other.size > 1);
  const frequent = map.labels ? [...new Set(map.labels)].map((label) => [label, map.labels.filter((other) => other === label).length]).sort((a, b) => b[1] - a[1]).map(([label]) => label) : [];
  let letter = null, colouring = "answer", traced = null;

  function stateAfter(word) {
    return word.reduce((state, symbol) => times(state, file.transitions[symbol]), file.initial);
  }
  function conditional(state) {
    if (!map.total) return state;
    const sum = state.reduce((total, value, k) => total + value * map.total[k], 0);
    return state.map((value) => value / sum);
  }
  function projected(state) {
    return [0, 1].map((axis) => state.reduce((sum, value, k) => sum + value * map.projection[k][axis], 0) - map.origin[axis]);
  }
  function moved(state, symbol) {
    return projected(conditional(times(state, file.transitions[symbol])));
  }

  const colours = { answer: (k) => (map.height ? diverging(points[k][1] / largest, true) : map.labels ? ownHue(map.labels[k]) : "#8a94a0") };
  const tints = {}; // state of the DFA -> the colour of its dots
  for (const { other, number } of dfas) {
    const known = newModel(other);
    const reached = map.prefixes.map((word) => run(known, word).states[word.length]);
    const order = [...new Set(reached)].sort((a, b) => a - b);
    colours[number] = (k) => hue(order.indexOf(reached[k]));
    tints[number] = (state) => (order.includes(state) ? hue(order.indexOf(state)) : "#bbbbbb");
  }

  function ownHue(label) {
    return frequent.indexOf(label) < MOST_HUES ? hue(frequent.indexOf(label)) : "#999999";
  }
  function labelName(label) {
    return data.classes && map.labelled === "class" ? data.classes[label] : map.names[label] || labelText(label);
  }

  const root = drawing("svg", { class: "plane", viewBox: `0 0 ${PLANE.width} ${PLANE.height}`, role: "group", "aria-label": `${entry.name}: map` });
  if (map.height === "margin" && limits[1][0] < 0 && limits[1][1] > 0) {
    root.append(drawing("line", { class: "boundary", x1: PLANE.edge, x2: PLANE.width - PLANE.edge, y1: up(0), y2: up(0) }));
    root.append(drawing("text", { class: "tick onto", x: PLANE.width - PLANE.edge, y: up(0) - 5, "text-anchor": "end", text: "accepted above this line" }));
  }
  const dots = drawing("g"), arrows = drawing("g"), way = drawing("g"), names = drawing("g");
  root.prepend(dots);
  root.append(names, arrows, way);
  root.append(drawing("text", { class: "axis", x: 8, y: 16, text: `↑ ${map.height || "second component"}` }));
  root.append(drawing("text", { class: "axis", x: PLANE.width - 8, y: PLANE.height - 8, "text-anchor": "end", text: `${map.height ? "first component of the rest" : "first component"} →` }));
  points.forEach((point, k) => {
    const dot = drawing("circle", { class: "dot", cx: across(point[0]).toFixed(1), cy: up(point[1]).toFixed(1), r: 3.2, click: () => { follow.checked = true; traceWord(map.prefixes[k]); } });
    dots.append(hinted(dot, () => hintOf(k)));
  });
  const named = [];
  points.forEach((point, k) => {
    const at = [across(point[0]), up(point[1])];
    const inside = at[0] > 0 && at[0] < PLANE.width - 60 && at[1] > 20 && at[1] < PLANE.height - 10;
    if (named.length < 14 && inside && named.every((other) => Math.abs(other[0] - at[0]) > 90 || Math.abs(other[1] - at[1]) > 45)) {
      named.push(at);
      const text = wordText(map.prefixes[k]);
      names.append(drawing("text", { class: "place", x: at[0] + 5, y: at[1] - 5, text: text.length > 14 ? `${text.slice(0, 13)}…` : text }));
    }
  });

  function hintOf(k) {
    const said = [wordText(map.prefixes[k])];
    if (map.height) said.push(`${map.height} ${digits(points[k][1])}`);
    else if (map.labels) said.push(`${map.labelled === "class" ? "" : "likeliest next: "}${labelName(map.labels[k])}`);
    return said;
  }

  const chips = map.letters.map((each, symbol) => element("button", {
    type: "button", class: "chip", "aria-pressed": "false", "aria-label": `${data.alphabet[symbol]} ${each.does}`,
    click: () => { letter = letter === symbol ? null : symbol; applied(); },
  }, element("bdi", { text: data.alphabet[symbol] })));
  // each number of the automaton with the network's own, which the map has no part in
  const known = map.letters.map((each) => each.effects).filter(Boolean), has = (part) => known.some(([ours]) => ours[part] !== null);
  const columns = [
    ["words that rise", "rises", (each) => percent(each.rises)],
    ["to accepted", "flips", (each) => percent(each.flips && each.flips[0])],
    ["to rejected", "flips", (each) => percent(each.flips && each.flips[1])],
    ["likeliest then", "label", (each) => (each.label === null ? "–" : `${labelName(each.label)} (${percent(each.share)})`)],
    ["differences left", "left", (each) => percent(each.left)],
  ].filter(([, part]) => has(part));
  const pair = (shown, [ours, theirs]) => element("span", null, shown(ours), element("span", { class: "theirs", text: shown(theirs) }));
  const rows = map.letters.map((each, symbol) => [element("bdi", { class: "word", text: data.alphabet[symbol] }), each.does, ...columns.map(([, , shown]) => (each.effects ? pair(shown, each.effects) : "–"))]);
  const head = ["letter", "what it does", ...columns.map(([name]) => name)];
  const follow = element("input", { type: "checkbox", change: () => applied() });
  const lengths = map.prefixes.map((prefix) => prefix.length);
  const detail = element("p", { class: "quiet", "aria-live": "polite" });
  const regions = element("div");
  const choice = element("select", { change: () => { colouring = choice.value; applied(); beside(); } },
    element("option", { value: "answer", text: map.height || (data.task === "language-model" ? "likeliest next symbol" : "label") }),
    ...dfas.map(({ other, number }) => element("option", { value: number, text: `state in ${other.name} (${other.size} states)` })));
  replaced(place,
    element("p", { class: "quiet", text: `The plane shows ${map.height ? "the answer itself and " : ""}${percent(map.shown)} of the variance of the scores of continuations, for the states after ${map.prefixes.length} words of ${Math.min(...lengths)} to ${Math.max(...lengths)} letters. Choose a letter to see where it takes them; click on a dot to trace its word.` }),
    element("div", { class: "controls" }, element("label", null, "colour by ", choice), element("label", null, follow, " show the way of the traced word")),
    element("div", { class: "keys" }, ...chips),
    root, key(), detail,
    ...map.agree.map((text) => element("p", { text })),
    map.agree.length ? element("p", { class: "quiet", text: `A letter is put behind words. The columns say ${has("rises") ? "how many rise, " : ""}${has("flips") ? "how many come to be accepted or rejected, " : ""}${has("label") ? "what is likeliest behind most words and behind how many of them, " : ""}and how far words lie apart behind it, in parts of before. Below each figure of the automaton stands the network’s own.` }) : null,
    element("div", { class: "letters" }, table(head, rows)), regions);

  // which colour is which label
  function key() {
    if (map.height || !map.labels) return null;
    const item = (colour, text) => element("span", null, drawing("svg", { width: 10, height: 10, "aria-hidden": "true" }, drawing("circle", { cx: 5, cy: 5, r: 5, fill: colour })), ` ${text}`);
    return element("div", { class: "legend" }, `${map.labelled}: `, ...frequent.slice(0, MOST_HUES).map((label) => item(ownHue(label), labelName(label))), frequent.length > MOST_HUES ? item("#999999", "others") : null);
  }

  function applied() {
    [...dots.children].forEach((dot, k) => dot.setAttribute("fill", colours[colouring](k)));
    dots.classList.toggle("faint", letter !== null || (traced !== null && follow.checked));
    chips.forEach((chip, symbol) => chip.setAttribute("aria-pressed", String(symbol === letter)));
    replaced(arrows, ...(letter === null ? [] : arrowsOf(letter)));
    replaced(way, ...(traced === null || !follow.checked ? [] : wayOf(traced)));
    detail.textContent = letter === null ? "" : detailOf(letter);
  }

  // the DFA whose states are regions of the map, in the same colours
  function beside() {
    if (colouring === "answer") { replaced(regions); return; }
    const entryOf = data.automata[colouring], stage = element("div");
    replaced(regions, element("h3", { text: `${entryOf.name}: its states are regions of the map` }), stage);
    newDiagram(stage, entryOf, models[colouring], tints[colouring]);
  }

  function detailOf(symbol) {
    const told = map.letters[symbol], sizes = told.eigenvalues.map(([re, im]) => (Math.abs(im) < 1e-3 * Math.hypot(re, im) ? digits(re, 3) : `${digits(re, 3)} ± ${digits(Math.abs(im), 3)}i`));
    const half = told.memory === null ? `${percent(told.left_at_last)} of the differences of states are there after eight readings.` : `Half of the differences of states is gone after ${digits(told.memory, 2)} readings.`;
    return `${data.alphabet[symbol]} ${told.does}. ${half} Largest eigenvalues: ${[...new Set(sizes)].slice(0, 4).join(", ")}.${ringOf(symbol) ? " The ring is the point that it leaves where it is." : ""} ${map.height ? "Blue arrows rise, orange ones fall. " : ""}An arrow is the mean of a square of the plane, of however many words.`;
  }

  // where the point that a letter leaves where it is lies in the picture; null if it does not
  function ringOf(symbol) {
    const fixed = map.letters[symbol].fixed;
    if (!fixed || fixed.some((part) => part === null)) return null;
    const [x, y] = [across(fixed[0]), up(fixed[1])];
    return x > 0 && x < PLANE.width && y > 0 && y < PLANE.height ? [x, y] : null;
  }

  // an arrow begins at the mean of the points of a cell and ends at the mean of where the letter takes them
  function arrowsOf(symbol) {
    const cells = new Map();
    points.forEach((point, k) => {
      const cell = [0, 1].map((axis) => Math.floor(((point[axis] - limits[axis][0]) / (limits[axis][1] - limits[axis][0])) * GRID));
      const after = moved(states[k], symbol);
      if (cell.some((part) => part < 0 || part >= GRID) || !after.every(Number.isFinite)) return;
      const key = cell.join(",");
      if (!cells.has(key)) cells.set(key, []);
      cells.get(key).push([...point, ...after]);
    });
    const made = [...cells.values()].map((members) => {
      const [x, y, toX, toY] = [0, 1, 2, 3].map((part) => members.reduce((sum, member) => sum + member[part], 0) / members.length);
      return straight([across(x), up(y)], [across(toX), up(toY)], map.height ? (toY > y ? "rising" : "falling") : "plain");
    });
    const ring = ringOf(symbol);
    if (ring) made.push(drawing("circle", { class: "fixed", cx: ring[0], cy: ring[1], r: 8 }));
    return made.filter(Boolean);
  }

  function straight([x, y], [toX, toY], kind) {
    const length = Math.hypot(toX - x, toY - y);
    if (length < 1) return drawing("circle", { class: `arrow ${kind}`, cx: x, cy: y, r: 1.5 });
    const ux = (toX - x) / length, uy = (toY - y) / length, size = Math.min(7, length / 2);
    const head = `${toX},${toY} ${toX - size * ux - (size / 2) * uy},${toY - size * uy + (size / 2) * ux} ${toX - size * ux + (size / 2) * uy},${toY - size * uy - (size / 2) * ux}`;
    return drawing("g", { class: `arrow ${kind}` }, drawing("line", { x1: x, y1: y, x2: toX - size * ux, y2: toY - size * uy }), drawing("polygon", { points: head }));
  }

  function wayOf(word) {
    const stops = word.map((_, k) => k + 1).concat(0).sort((a, b) => a - b).map((k) => projected(conditional(stateAfter(word.slice(0, k)))));
    const places = stops.filter((stop) => stop.every(Number.isFinite)).map((stop) => [across(stop[0]), up(stop[1])]);
    const line = drawing("polyline", { class: "way", points: places.map((each) => each.map((part) => part.toFixed(1)).join(",")).join(" ") });
    return [line, ...places.map(([x, y], k) => drawing("g", { class: "stop" }, drawing("circle", { cx: x, cy: y, r: 7 }), drawing("text", { x, y: y + 3, "text-anchor": "middle", text: k ? data.alphabet[word[k - 1]].slice(0, 2) : "ε" })))];
  }

  applied();
  return { traced(found, word) { traced = word; applied(); }, points, moved: (symbol) => states.map((state) => moved(state, symbol)), choose(symbol) { letter = symbol; applied(); } };
}
