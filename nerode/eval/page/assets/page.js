// Puts the page together: one automaton is current, one word is traced.

document.documentElement.dataset.script = "yes";
const data = JSON.parse(document.getElementById("data").textContent);
for (const { model } of data.automata) {
  if (model.file) model.file = unpackedFields(model.file);
  model.distribution = unpackedFields(model.distribution);
}
const record = newRecord(data.recorded);
const models = data.automata.map(newModel);
let chosen = 0, traced = null, picture = null, tracer = null;

function current() {
  return { entry: data.automata[chosen], model: models[chosen] };
}

function section(name) {
  return document.querySelector(`#${name} .body`);
}

function shownIf(name, condition) {
  document.getElementById(name).hidden = !condition;
  const link = document.querySelector(`nav a[href="#${name}"]`);
  if (link) link.hidden = !condition;
  return condition;
}

function traceWord(word, scroll = false, from = null) {
  traced = word;
  tracer.show(word, from);
  const { model } = current();
  if (picture) picture.traced(run(model, word), word);
  if (scroll) document.getElementById("trace").scrollIntoView({ behavior: "smooth" });
}

function select(number) {
  chosen = number;
  const { entry, model } = current();
  for (const each of document.querySelectorAll("#size tbody tr")) each.classList.toggle("on", Number(each.dataset.number) === number);
  const slider = document.getElementById("slider");
  if (slider) {
    slider.value = number;
    document.getElementById("size-told").textContent = `${entry.called}, ${entry.sized}, ${entry.simplicity.bits.toLocaleString("en")} bits`;
  }
  document.querySelectorAll(".current").forEach((place) => { place.textContent = entry.name; });
  verdict(entry);
  picture = null;
  if (entry.scenes) picture = newDiagram(section("picture"), entry, model);
  else if (entry.map && !entry.map.refused) picture = newPlane(section("picture"), entry, model);
  else if (entry.stack) stackPicture(entry);
  else if (entry.lines) decided(entry);
  else replaced(section("picture"), element("p", { text: `There is no map: ${entry.map ? entry.map.refused : "nothing to draw"}.` }));
  disagreements(entry);
  errors(entry);
  explanations(entry);
  numbers(entry);
  curves(entry);
  blocks(entry);
  saving(entry);
  if (traced) traceWord(traced);
}

// an automaton with a stack: its picture, and the grammar of its words
function stackPicture(entry) {
  const { source, grammar, none } = entry.stack;
  replaced(section("picture"),
    element("img", { class: "plot narrow", alt: `${entry.name}: locations, and what is pushed and popped`, src: source }),
    element("p", { class: "quiet", text: "Behind a letter stands what it pushes onto the stack or pops from it. A word is accepted where it ends in a doubly ringed location with an empty stack." }),
    element("h3", { text: "Its words as a context-free grammar" }),
    none ? element("p", { text: `There is no grammar: ${none}.` }) : element("pre", { class: "word", text: grammar.join("\n") }));
}

// what is no automaton, or a grammar, as text
function decided(entry) {
  replaced(section("picture"),
    element("p", { class: "quiet", text: entry.kind === "cfg" ? "A grammar has no states to draw. These are its rules." : "It has no states to draw. This is how it decides." }),
    element("pre", { class: "lines", text: entry.lines.join("\n") }));
}

function facts(pairs) {
  return element("dl", { class: "facts" }, ...pairs.filter(([, value]) => value !== null && value !== undefined && value !== "").flatMap(([name, value]) => [element("dt", { text: name }), element("dd", null, value instanceof Node ? value : element("bdi", { text: String(value) }))]));
}

function verdict(entry) {
  const card = entry.card;
  replaced(section("verdict"),
    element("p", { class: "headline" }, element("strong", { text: entry.name }), `, ${card.what}, stands for `, element("bdi", { class: "word", text: data.network }), ": ", ...headline(card.headline)),
    ...card.sentences.map((text) => element("p", { text })),
    ...card.quiet.map((text) => element("p", { class: "quiet", text })),
    facts(card.facts),
    card.unchecked.length ? element("details", { open: true }, element("summary", { text: "What was not checked" }), element("ul", null, ...card.unchecked.map((text) => element("li", { text })))) : null);
}

// what counts first, and beside it on which words and how sure it is
function headline(text) {
  const end = text.indexOf(" (");
  return end < 0 ? [element("strong", { text })] : [element("strong", { text: text.slice(0, end) }), text.slice(end)];
}

function sizes() {
  if (!shownIf("size", data.automata.length > 1)) return;
  const kinds = [...new Set(data.automata.map((entry) => entry.called))], mixed = new Set(data.automata.map((entry) => entry.unit)).size > 1;
  const rows = data.automata.map((entry, number) => {
    const made = element("tr", { "data-number": number, tabindex: 0, click: () => select(number), keydown: (event) => { if (event.key === "Enter") select(number); } });
    for (const text of [entry.name, entry.called, mixed ? entry.sized : whole(entry.size), entry.card.error, entry.card.interval, entry.simplicity.bits.toLocaleString("en")]) made.append(element("td", { text }));
    return made;
  });
  const head = ["automaton", "kind", mixed ? "size" : units(data.automata[0].unit), "error", "95 % interval", "bits"].map((text) => element("th", { scope: "col", text }));
  const slider = element("input", { id: "slider", type: "range", min: 0, max: data.automata.length - 1, step: 1, value: 0, "aria-label": "size of the automaton", input: () => select(Number(slider.value)) });
  const unit = kinds.length > 1 ? "bits" : units(data.automata[0].unit);
  const sizeOf = (entry) => (kinds.length > 1 ? entry.simplicity.bits : entry.size);
  replaced(section("size"),
    element("div", { class: "controls" }, element("label", null, `fewer ${unit} `, slider, ` more ${unit}`), element("output", { id: "size-told" })),
    kinds.length > 1 ? element("p", { class: "quiet", text: "Sizes of several kinds say different amounts, so bits, of the compressed file, order these." }) : null,
    element("p", { class: "quiet", text: `All errors are of ${data.words}.` }),
    element("div", { class: "beside" },
      element("div", { class: "scrolls fits" }, element("table", { class: "choice" }, element("caption", { text: `error: ${data.main.label}` }), element("thead", null, element("tr", null, ...head)), element("tbody", null, ...rows))),
      chart({
        series: kinds.map((kind) => ({ name: kind, points: data.automata.filter((entry) => entry.called === kind).map((entry) => [sizeOf(entry), entry.card.value, entry.card.low, entry.card.high]) })),
        x: unit, y: data.main.label, logX: true, given: true, zero: true, share: data.main.percent,
      })));
}

function answerText(item, which) {
  const number = which ? item.network : item.automaton;
  return item.labels ? `${number} ${labelText(item.labels[which])}` : number;
}

function disagreements(entry) {
  if (!shownIf("disagreements", entry.disagreements)) return;
  const found = entry.disagreements;
  const list = (title, items) => element("div", null, element("h3", { text: title }),
    items.length ? table(["word", entry.name, "network", ...(data.task === "classifier" ? ["they part after"] : [])], items.map((item) => [wordButton(item.word), answerText(item, 0), answerText(item, 1), ...(data.task === "classifier" ? [item.parts === null ? "–" : counted(item.parts, "letter")] : [])])) : element("p", { class: "quiet", text: "None was found." }));
  replaced(section("disagreements"), element("p", { class: "quiet", text: found.told }), ...found.lists.map(([title, items]) => list(title, items)));
}

function errors(entry) {
  if (!shownIf("errors", entry.kinds)) return;
  const label = data.main.label, named = (kind) => element("div", null, kind.name, element("div", { class: "quiet wraps", text: kind.means })), at = (part) => [part.value, part.low, part.high];
  const kinds = entry.kinds.kinds;
  replaced(section("errors"),
    table(["kind of word", "words", label, "95 % interval"], kinds.map((kind) => [named(kind), kind.words.toLocaleString("en"), kind.text, kind.interval])),
    ...entry.kinds.missing.map((text) => element("p", { class: "quiet", text })),
    element("div", { class: "grid" },
      chart({ series: [{ name: label, kind: "dots", points: kinds.map((kind, k) => [k, ...at(kind), [kind.name, `${label}: ${kind.text}`]]) }], x: "kind of word", y: label, zero: true, share: data.main.percent, labels: kinds.map((kind) => kind.name) }),
      chart({ series: kinds.filter((kind) => kind.lengths.length > 1).map((kind) => ({ name: kind.name, points: kind.lengths.map((part) => [part.middle, ...at(part), [`${part.name} letters, ${part.words} words`, `${label}: ${part.text}`]]) })), x: "letters of the word", y: `${label}, by length`, zero: true, share: data.main.percent }),
      entry.confusion ? confusion(entry.confusion) : null,
      entry.calibration ? calibration(entry.calibration) : null,
      entry.outcomes ? threeWay(entry) : null));
}

function calibration({ of, bins, gap }) {
  const top = Math.max(...bins.map((bin) => Math.max(bin.student, bin.teacher)), 1e-9);
  const lines = (bin) => [`automaton ${digits(bin.student)}, network ${digits(bin.teacher)}`, `${bin.count.toLocaleString("en")} answers from ${digits(bin.low, 3)} to ${digits(bin.high, 3)}`];
  const series = [
    { name: "answers", kind: "dots", points: bins.map((bin) => [bin.student, bin.teacher, null, null, lines(bin)]) },
    { name: "as it should be", points: [[0, 0], [top, top]] },
  ];
  return chart({ series, x: "probability by the automaton", y: `probability of ${of} by the network; mean distance ${digits(gap, 3)}` });
}

function confusion({ counts, unanswered }) {
  const names = counts.map((_, k) => labelText(k)), some = unanswered.some((count) => count > 0);
  const rows = counts.map((row, k) => [names[k], ...row, ...(some ? [unanswered[k]] : [])].map((cell) => cell.toLocaleString("en")));
  return element("figure", null, element("figcaption", { text: "words by label: rows are the network's, columns the automaton's" }), table(["", ...names, ...(some ? ["no answer"] : [])], rows));
}

function threeWay(entry) {
  const { outcomes, teacher, student } = entry.outcomes, told = (part) => `${percent(part.value)} (${percent(part.low)} to ${percent(part.high)})`;
  const caption = `true labels: the network is right on ${told(teacher)}, ${entry.name} on ${told(student)}`;
  const answer = (label) => (label === null ? "no answer" : labelText(label));
  return element("figure", null, element("figcaption", { text: caption }), table(["true label", "network", entry.name, "words"], outcomes.map((row) => [answer(row.truth), answer(row.teacher), answer(row.student), row.count.toLocaleString("en")])));
}

function explanations(entry) {
  if (!shownIf("explanations", entry.agreement)) return;
  const degrees = !["dfa", "vpa", "cfg"].includes(entry.kind);
  const rows = waysOf().map(([way, text]) => { const told = entry.agreement[way]; return [`if ${text}`, digits(told.value, 3), told.low === null ? "–" : `${digits(told.low, 3)} to ${digits(told.high, 3)}`, told.words]; });
  replaced(section("explanations"),
    degrees ? null : element("p", { text: "An automaton that answers with labels alone knows no degrees, and the network has them. The effects of its letters are often equal, so this correlation stays low even where both always agree: a low one is no sign of other reasons." }),
    element("p", { text: `Do letters matter alike to both? Rank correlation of the effects of letters, mean over words. ${degrees ? "It is 1 if the automaton is right for the network's reasons, and 0 if the two have nothing in common." : "It is 1 if letters have the same order for both."}` }),
    table(["effect on the answer", "correlation", "95 % interval", "words"], rows),
    element("details", null, element("summary", { text: "Words whose explanations were recorded" }), element("p", { class: "words" }, ...entry.explanations.map((each) => wordButton(each.word)))));
}

function numbers(entry) {
  const simple = entry.simplicity;
  replaced(section("numbers"),
    table(["metric", "value", "95 % interval", "baselines"], entry.table.rows, entry.table.title),
    ...entry.table.notes.map((text) => element("p", { class: "quiet", text })),
    element("h3", { text: "How simple it is" }),
    facts([
      [units(entry.unit), entry.unit === "parameter" ? null : whole(entry.size)],
      ["transitions", simple.transitions === null ? null : whole(simple.transitions)],
      ["parameters", explained(whole(simple.parameters), "the numbers that describe it: targets and labels, probabilities, or weights")],
      ["bits, compressed", explained(whole(simple.bits), "of its file, zipped: the one measure that all kinds share")],
      ["depth", simple.depth === null ? null : explained(counted(simple.depth, "letter"), "that lead to the state which is farthest from the start")],
      ["entropy of the next state, bits", simple.branching === null ? null : explained(digits(simple.branching, 3), "how uncertain the next state is if all letters are equally likely: 0 if all lead to the same one")],
      ["letters that act differently", simple.letter_classes === null ? null : explained(whole(simple.letter_classes), `of ${whole(data.alphabet.length)}: letters that do the same in all states count once`)],
    ]),
    element("h3", { text: "What it costs" }),
    table(["", "time a word", "memory"], [[entry.name, seconds(entry.costs.student_seconds), bytes(entry.costs.student_bytes)], ["network", seconds(entry.costs.teacher_seconds), bytes(entry.costs.teacher_bytes)]]));
}

function whole(number) {
  return number.toLocaleString("en");
}

function counted(number, unit) {
  return `${whole(number)} ${unit}${number === 1 ? "" : "s"}`;
}

function units(unit) {
  return unit === "leaf" ? "leaves" : `${unit}s`;
}

function explained(value, text) {
  return element("span", null, `${value} `, element("span", { class: "quiet", text: `– ${text}` }));
}

function seconds(value) {
  return `${digits(1e6 * value, 3)} µs`;
}

function bytes(value) {
  return value === null ? "not known" : `${value.toLocaleString("en")} bytes`;
}

function curves(entry) {
  if (!shownIf("curves", entry.curves.length)) return;
  replaced(section("curves"), element("div", { class: "grid" }, ...entry.curves.map((each) => element("figure", null, element("figcaption", { text: each.name }), element("img", { class: "plot", alt: each.name, src: each.source })))));
}

function students(found) {
  if (!shownIf("students", found)) return;
  replaced(section("students"),
    element("p", { class: "quiet", text: "Simple models of the network, by the bits of their zipped files." }),
    element("img", { class: "plot", alt: "bits of each student against its error", src: found.source }),
    table(found.head, found.rows),
    ...found.told.map((text) => element("p", { class: "quiet", text })));
}

// what colours of a block say; log-probabilities are never above 0
function colours(entry) {
  if (data.task !== "language-model") return "Blue is above 0, orange below. Equal rows are one state; dependent rows need no state of their own.";
  return `The darker a cell, the less likely is its word. In the third block blue words are likelier to ${entry.name}, orange ones to the network.`;
}

function blocks(entry) {
  if (!shownIf("hankel", data.block.words.length > 1)) return;
  const words = data.block.words, onlyLabels = ["dfa", "vpa", "cfg"].includes(entry.kind);
  const difference = (ours, theirs) => (ours === null || theirs === null ? null : onlyLabels ? (ours > 0) - (theirs > 0) : ours - theirs);
  const apart = data.block.values.map((row, i) => row.map((value, j) => difference(entry.block[i][j], value)));
  replaced(section("hankel"),
    element("p", { class: "quiet", text: `Rows are prefixes, columns are suffixes, both the ${words.length} shortest words. A cell is the ${meaning(data.link, 0).replace(" so far", "")} of the whole word. ${colours(entry)}` }),
    element("div", { class: "grid" }, heatMap({ words, values: data.block.values, title: "network" }), heatMap({ words, values: entry.block, title: entry.name }), heatMap({ words, values: apart, title: onlyLabels ? "where labels differ" : "difference" })));
}

function saving(entry) {
  const name = entry.name.replace(/[^\w.-]+/gu, "_"), { file, saved: other, dot } = entry.model, kept = file || other;
  replaced(section("save"), element("div", { class: "controls" },
    kept ? element("button", { type: "button", text: "JSON (for nerode)", click: () => saved(`${name}.json`, `${JSON.stringify(kept)}\n`, "application/json") }) : element("p", { text: "It is a folder with the weights of a network, which this page does not bring along." }),
    dot ? element("button", { type: "button", text: "DOT (for Graphviz)", click: () => saved(`${name}.dot`, dot, "text/vnd.graphviz") }) : null));
}

replaced(section("about"), facts(data.about));
students(data.students);
tracer = newTracer(section("trace"));
sizes();
select(data.chosen);
traceWord(data.first);
// for those who look at a page with the console of their browser, and for tests
for (const link of document.querySelectorAll("nav a")) {
  // an address of its own would lead a frame of a notebook away from the page
  link.addEventListener("click", (event) => {
    event.preventDefault();
    document.querySelector(link.getAttribute("href")).scrollIntoView({ behavior: "smooth" });
  });
}
window.nerode = {
  data,
  scores: (number, word) => run(models[number], word).scores[word.length],
  numbers: (number, word) => numbersOf(models[number], run(models[number], word)),
  effects: (number, word, way, label) => effectsOf(models[number], word, way, label, lettersAt),
  picture: () => picture,
};
document.documentElement.dataset.ready = "yes";
