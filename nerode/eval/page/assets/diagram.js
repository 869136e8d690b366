// The drawing of a deterministic automaton: zoom, pan, find; boxes of groups open scenes of their own.

const MOST_ZOOM = 1.6; // of a picture that fits its stage
const RARE = [0, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1];

// tint: state -> colour of its box, where a map shows states in colours
function newDiagram(place, entry, model, tint = null) {
  const told = entry.scenes, scenes = told.scenes, file = entry.model.file;
  const path = [0];
  let rare = 0, folded = false, traced = [];
  const parent = scenes.map(() => -1);
  scenes.forEach((scene, number) => scene.nodes.forEach((node) => { if (node.opens !== null) parent[node.opens] = number; }));

  const trail = element("nav", { class: "trail", "aria-label": "groups" });
  const stage = element("div", { class: "stage" });
  const caption = element("p", { class: "quiet" });
  const find = element("input", { type: "search", placeholder: "word, or s12", "aria-label": "find a state by a word that leads to it, or by s and its number", size: 14 });
  const rareText = element("output", { text: "all arrows" });
  const slider = element("input", { type: "range", min: 0, max: RARE.length - 1, value: 0, "aria-label": "hide rare transitions", input: () => { rare = RARE[slider.value]; applied(); } });
  const folding = element("input", { type: "checkbox", change: () => { folded = folding.checked; applied(); } });
  const form = element("form", { class: "controls", submit: (event) => { event.preventDefault(); found(find.value.trim()); } },
    element("label", null, "hide rare arrows ", slider, " ", rareText),
    element("label", null, folding, " fold sinks"),
    element("span", null, find, element("button", { type: "submit", text: "Find" })),
    element("span", { class: "zoom" },
      element("button", { type: "button", "aria-label": "zoom in", text: "+", click: () => view.zoom(1.4) }),
      element("button", { type: "button", "aria-label": "zoom out", text: "−", click: () => view.zoom(1 / 1.4) }),
      element("button", { type: "button", text: "Fit", click: () => view.fit() })));
  const accepting = file.labels && file.classes === 2 ? "A double circle accepts. " : "";
  const legend = element("p", { class: "quiet", text: `${accepting}Thick arrows are taken often. The word that is traced below is marked in orange. Drag to move; Ctrl and the wheel zoom.` });
  const tooMany = entry.too_many ? element("p", { text: entry.too_many }) : null;
  replaced(place, tooMany, form, trail, stage, legend, caption);
  let shown = null, view = null;

  function stateOf(name) { return /^s\d+$/.test(name) ? Number(name.slice(1)) : null; }
  function statesOf(node) { return node.states || [stateOf(node.name)].filter((state) => state !== null); }

  function isSink(state) {
    const labels = file.labels;
    return state !== null && state !== file.initial && file.transitions[state].every((next) => next === state) && (!labels || labels[state] === 0);
  }

  function accessWord(state) {
    const word = [];
    while (state !== file.initial) {
      if (told.parents[state] < 0) return null;
      word.push(told.letters[state]);
      state = told.parents[state];
    }
    return word.reverse();
  }

  function lines(node) {
    const state = stateOf(node.name);
    if (node.name === "elsewhere") return ["states of other groups; go back to see them"];
    if (state === null) return [...node.label.split("\n"), "click to open"];
    const word = accessWord(state);
    const said = [`state ${state}`, `visits: ${percent(told.visits[state])}`, word ? `first reached by ${wordText(word)}` : "no word reaches it"];
    if (file.labels) said.push(labelText(file.labels[state]));
    else {
      const likely = file.probabilities[state].map((p, k) => [p, k]).sort((a, b) => b[0] - a[0]).slice(0, 5);
      said.push(`expects ${likely.map(([p, k]) => `${k === file.alphabet.length ? "end" : data.alphabet[k]} ${digits(p, 3)}`).join(", ")}`);
    }
    return said;
  }

  function opened(number) {
    path.splice(0, path.length, number);
    while (parent[path[0]] >= 0) path.unshift(parent[path[0]]);
    drawn();
  }

  function drawn() {
    const number = path[path.length - 1], scene = scenes[number];
    replaced(trail, ...(scenes.length === 1 ? [] : path.map((each, depth) => element("button", { type: "button", disabled: each === number, text: depth ? nameIn(parent[each], each) : "all states", click: () => opened(each) }))));
    const root = drawing("svg", { class: "diagram", role: "group", "aria-label": `${entry.name}: diagram` });
    const layer = root.appendChild(drawing("g"));
    for (const arrow of scene.entries) layer.append(arrowOf(arrow, "entry", 1));
    const most = Math.max(...scene.edges.map((edge) => edge.share), 1e-9);
    const edges = scene.edges.map((edge) => {
      const made = arrowOf(edge, "edge", 0.8 + 3 * Math.sqrt(edge.share / most));
      if (edge.at) made.append(multiline(edge.label, edge.at[0], edge.at[1], "label"));
      hinted(made, () => [edge.label.replace(/\n/g, " "), `${percent(edge.share)} of the letters that are read`]);
      return { edge, made: layer.appendChild(made) };
    });
    const nodes = scene.nodes.map((node) => ({ node, made: layer.appendChild(nodeOf(node)) }));
    shown = { edges, nodes };
    replaced(stage, root);
    const zoom = Math.min(MOST_ZOOM, (stage.clientWidth - 16) / scene.width);
    stage.style.height = `min(34rem, 80vh, ${Math.max(120, Math.ceil(zoom * scene.height) + 24)}px)`;
    for (const { made } of nodes) fitted(made);
    view = newView(root, layer, scene.width, scene.height);
    applied();
  }

  function nameIn(number, child) {
    return scenes[number].nodes.find((node) => node.opens === child).label.split("\n")[0];
  }

  function nodeOf(node) {
    const { x, y, w, h } = node, states = statesOf(node);
    const group = node.opens !== null || node.name === "elsewhere";
    const made = drawing("g", { class: `node shade${node.shade % 9}${group ? " group" : ""}`, tabindex: 0, role: "button", "aria-label": lines(node).join("; ") });
    const box = { x: x - w / 2, y: y - h / 2, width: w, height: h, rx: 8 };
    const round = !group && !node.label.includes("\n") && node.label.length <= 5;
    made.append(round ? drawing("ellipse", { cx: x, cy: y, rx: w / 2, ry: h / 2 }) : drawing("rect", box));
    if (node.accepting) made.append(round ? drawing("ellipse", { class: "inner", cx: x, cy: y, rx: w / 2 - 4, ry: h / 2 - 4 }) : drawing("rect", { class: "inner", x: box.x + 4, y: box.y + 4, width: w - 8, height: h - 8, rx: 5 }));
    made.append(multiline(node.label, x, y, "name"));
    const act = () => { if (node.opens !== null) opened(node.opens); else if (states.length === 1 && accessWord(states[0])) traceWord(accessWord(states[0])); };
    made.addEventListener("click", act);
    made.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); act(); } });
    if (tint && states.length === 1) {
      made.firstChild.style.fill = tint(states[0]);
      made.querySelector("text").style.fill = "#111";
    }
    return hinted(made, () => lines(node));
  }

  // hides what is rare, and marks the traced word
  function applied() {
    const sinks = new Set(folded ? shown.nodes.filter(({ node }) => isSink(stateOf(node.name))).map(({ node }) => node.name) : []);
    let hidden = 0;
    for (const { edge, made } of shown.edges) {
      const gone = edge.share < rare || sinks.has(edge.to) || sinks.has(edge.from);
      made.classList.toggle("hidden", gone);
      hidden += gone ? 1 : 0;
    }
    const onPath = new Set(traced), steps = new Set(traced.slice(1).map((state, k) => `${traced[k]}>${state}`));
    for (const { node, made } of shown.nodes) {
      made.classList.toggle("hidden", sinks.has(node.name));
      const states = statesOf(node);
      made.classList.toggle("on", states.some((state) => onPath.has(state)));
      made.classList.toggle("last", traced.length > 0 && states.includes(traced[traced.length - 1]));
    }
    for (const { edge, made } of shown.edges) made.classList.toggle("on", steps.has(`${stateOf(edge.from)}>${stateOf(edge.to)}`));
    rareText.textContent = rare ? `below ${percent(rare, 2)} of the letters read` : "all arrows";
    caption.textContent = [scenes[path[path.length - 1]].caption, hidden ? `${hidden} of ${shown.edges.length} arrows hidden.` : "", sinks.size ? `${sinks.size} sinks folded.` : ""].filter(Boolean).join(" ");
  }

  function found(text) {
    const { word, error } = parsed(text), number = Number(text.replace(/^s/, ""));
    let state = /^s?\d+$/.test(text) && number < entry.size && (error || text.startsWith("s")) ? number : null;
    if (state === null) {
      if (error) { caption.textContent = /^s?\d+$/.test(text) ? `There is no state ${number}: they are 0 to ${entry.size - 1}.` : `${error}; a state is found by s and its number.`; return; }
      state = run(model, word).states[word.length];
      traceWord(word);
    }
    let place = scenes.findIndex((scene) => scene.nodes.some((node) => node.name === `s${state}`));
    if (place < 0) place = 0;
    opened(place);
    const hit = shown.nodes.find(({ node }) => node.name === `s${state}`);
    if (hit) { view.centre(hit.node.x, hit.node.y); hit.made.classList.add("hit"); hit.made.focus({ preventScroll: true }); }
  }

  drawn();
  return { traced(found) { traced = found.states; applied(); }, find: found };
}

function arrowOf(arrow, kind, width) {
  const numbers = arrow.path.match(/-?[\d.]+(e-?\d+)?/g).map(Number);
  const [x, y] = numbers.slice(-2), [tipX, tipY] = arrow.tip;
  const length = Math.hypot(tipX - x, tipY - y) || 1, ux = (tipX - x) / length, uy = (tipY - y) / length;
  const baseX = tipX - 7 * ux, baseY = tipY - 7 * uy;
  const head = `${tipX},${tipY} ${baseX - 3 * uy},${baseY + 3 * ux} ${baseX + 3 * uy},${baseY - 3 * ux}`;
  return drawing("g", { class: kind },
    drawing("path", { class: "reach", d: arrow.path }),
    drawing("path", { d: arrow.path, "stroke-width": width.toFixed(2) }),
    drawing("polygon", { points: head }));
}

// makes the text of a node smaller where it is wider than its box: browsers have other fonts than Graphviz
function fitted(node) {
  const text = node.querySelector("text"), room = node.firstChild.getBBox().width - 8;
  const widest = Math.max(...[...text.children].map((line) => line.getComputedTextLength()));
  if (widest > room && room > 0) text.style.fontSize = `${(12 * room) / widest}px`;
}

function multiline(text, x, y, kind) {
  const parts = text.split("\n"), made = drawing("text", { class: kind, x, y, "text-anchor": "middle" });
  parts.forEach((part, k) => made.append(drawing("tspan", { x, y: y + 4 + (k - (parts.length - 1) / 2) * 14, text: part })));
  return made;
}

// pan by dragging, zoom by buttons, by two fingers, and by the wheel with Ctrl
function newView(root, layer, width, height) {
  let x = 0, y = 0, scale = 1;
  const pointers = new Map();
  const set = () => layer.setAttribute("transform", `translate(${x},${y}) scale(${scale})`);
  const view = {
    fit() {
      const room = root.getBoundingClientRect();
      scale = Math.min((room.width - 16) / width, (room.height - 16) / height, MOST_ZOOM);
      x = (room.width - scale * width) / 2;
      y = (room.height - scale * height) / 2;
      set();
    },
    zoom(factor, at) {
      const room = root.getBoundingClientRect(), px = at ? at.x - room.left : room.width / 2, py = at ? at.y - room.top : room.height / 2;
      const next = Math.min(8, Math.max(0.02, scale * factor));
      x = px - ((px - x) * next) / scale;
      y = py - ((py - y) * next) / scale;
      scale = next;
      set();
    },
    centre(cx, cy) {
      const room = root.getBoundingClientRect();
      scale = Math.max(scale, 0.8);
      x = room.width / 2 - scale * cx;
      y = room.height / 2 - scale * cy;
      set();
    },
  };
  root.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    view.zoom(Math.exp(-event.deltaY / 300), { x: event.clientX, y: event.clientY });
  }, { passive: false });
  root.addEventListener("pointerdown", (event) => pointers.set(event.pointerId, { x: event.clientX, y: event.clientY }));
  root.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    if (!root.hasPointerCapture(event.pointerId) && Math.hypot(event.clientX - before.x, event.clientY - before.y) > 3) root.setPointerCapture(event.pointerId);
    const others = [...pointers].filter(([id]) => id !== event.pointerId).map(([, point]) => point);
    if (others.length) {
      const far = Math.hypot(event.clientX - others[0].x, event.clientY - others[0].y), near = Math.hypot(before.x - others[0].x, before.y - others[0].y);
      if (near > 0) view.zoom(far / near, { x: (event.clientX + others[0].x) / 2, y: (event.clientY + others[0].y) / 2 });
    } else {
      x += event.clientX - before.x;
      y += event.clientY - before.y;
      set();
    }
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  });
  for (const name of ["pointerup", "pointercancel", "pointerleave"]) root.addEventListener(name, (event) => pointers.delete(event.pointerId));
  new ResizeObserver(() => view.fit()).observe(root);
  return view;
}
