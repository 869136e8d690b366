// The tracer: a word, its path, and the two models' numbers along it.

const WAYS = { left_out: "the letter is left out", step: "the letter is read", replaced: "another letter stands there" };

// the ways in which letters are explained: where all words have one length, letters are only replaced
const waysOf = () => Object.entries(WAYS).filter(([way]) => !data.places || way === "replaced");
const lettersAt = (place) => (data.places ? data.places[place] : data.alphabet.map((_, letter) => letter));

// the word that a text stands for: { word } or { error }
function parsed(text) {
  const clean = text.trim();
  if (clean === "" || clean === "ε") return { word: [] };
  const parts = data.single ? [...clean.replace(/\s+/gu, "")] : clean.split(/\s+/u);
  const word = parts.map((part) => { const exact = data.symbols.indexOf(part); return exact >= 0 ? exact : data.alphabet.indexOf(part); });
  const unknown = word.indexOf(-1);
  if (unknown >= 0) return { error: `“${parts[unknown]}” is no symbol of the alphabet${data.single ? "" : "; write spaces between symbols"}` };
  return word.length > 5000 ? { error: "a word of at most 5,000 symbols can be traced here" } : { word };
}

function newTracer(place) {
  const input = element("input", { type: "text", dir: "auto", autocomplete: "off", spellcheck: "false", "aria-label": "word", placeholder: "a word; empty for ε" });
  const message = element("p", { class: "quiet", role: "status" });
  const result = element("div");
  let [[way]] = waysOf(), last = [];
  const typed = () => {
    const { word, error } = parsed(input.value);
    message.textContent = error || "";
    if (error) replaced(result);
    else traceWord(word, false, input);
  };
  input.addEventListener("input", typed);
  const keys = data.alphabet.length > 40 ? [] : data.alphabet.map((symbol, letter) => element("button", { type: "button", class: "key", click: () => traceWord([...last, letter]) }, element("bdi", { text: symbol })));
  const more = [
    element("button", { type: "button", text: "⌫", "aria-label": "remove the last letter", click: () => traceWord(last.slice(0, -1)) }),
    element("button", { type: "button", text: "ε", "aria-label": "empty word", click: () => traceWord([]) }),
  ];
  const ways = element("select", { change: () => { way = ways.value; show(last, null); } }, ...waysOf().map(([name, text]) => element("option", { value: name, text })));
  replaced(place, element("div", { class: "controls" }, input), element("div", { class: "keys" }, ...keys, ...more), message, result);

  function show(word, from) {
    last = word;
    if (from !== input) input.value = word.map((letter) => data.symbols[letter]).join(data.single ? "" : " ");
    const { entry, model } = current();
    const found = run(model, word), numbers = numbersOf(model, found);
    const nodes = record.path(word), label = lastLabel(found);
    const theirs = nodes.map((node) => record.number(data.link, node, label)), classes = nodes.map((node) => record.label(node));
    const classifier = data.task === "classifier";
    const asked = (k) => !model.record || found.states[k] !== undefined; // whether the student's answer is known
    const parts = classifier ? nodes.findIndex((node, k) => node !== undefined && asked(k) && classes[k] !== found.labels[k]) : -1;
    const missing = theirs.some((value, k) => nodes[k] === undefined);
    const rows = numbers.map((number, k) => [
      String(k), k ? element("bdi", { text: data.alphabet[word[k - 1]] }) : "ε",
      ...(entry.scenes ? [String(found.states[k])] : []),
      asked(k) ? `${digits(number)}${classifier ? ` ${labelText(found.labels[k])}` : ""}` : "not recorded",
      nodes[k] === undefined ? "not recorded" : `${digits(theirs[k])}${classifier ? ` ${labelText(classes[k])}` : ""}${k === parts ? " ← here they part" : ""}`,
    ]);
    const what = meaning(data.link, label);
    const shown = rows.length > 200 ? [...rows.slice(0, 100), ...rows.slice(-100)] : rows;
    const said = classifier && asked(word.length) ? `${entry.name}: ${labelText(label)}` : entry.name;
    const answer = asked(word.length) ? digits(numbers[numbers.length - 1]) : "not recorded";
    replaced(result,
      element("p", null, element("strong", { text: said }), `, ${what}: ${answer}. `, parts < 0 ? null : element("strong", { text: `They part after ${parts} letter${parts === 1 ? "" : "s"}. ` }), nodes[word.length] === undefined ? "The network was not asked about this word; where it was, its answers are shown." : `Network: ${classifier ? `${labelText(classes[word.length])}, ` : ""}${digits(theirs[word.length])}.`),
      coloured(word, entry, model, (classes[word.length] ?? label) || 0),
      element("div", { class: "beside" },
        chart({
          series: [
            { name: entry.name, points: numbers.map((number, k) => [k, Number.isFinite(number) ? number : null]) },
            ...(theirs.some((value) => value !== null) ? [{ name: "network", points: theirs.map((number, k) => [k, number]) }] : []),
          ],
          x: "letters read", y: what, zero: data.link.name !== "next-symbol", labels: word.length <= 24 ? ["ε", ...word.map((letter) => data.alphabet[letter])] : null,
        }),
        element("div", { class: "whole" }, table(["", "letter", ...(entry.scenes ? ["state"] : []), entry.name, "network"], shown))),
      missing ? element("p", { class: "quiet", text: `A page cannot ask the network${model.record ? `, and evaluates no ${entry.called}` : ""}. It brings the answers to the words that it lists and to their prefixes.` }) : null);
  }

  // the letters on grounds that are the stronger, the more they change the answer
  function coloured(word, entry, model, label) {
    const letters = data.alphabet.length, cost = word.length ** 2 * (way === "replaced" ? letters : 1) * entry.size;
    if (!word.length || word.length > 40 || (data.places && data.places.length !== word.length)) return null;
    const known = (entry.explanations || []).find((each) => each.word.join() === word.join());
    if (model.record && !known) return null;
    const tooMuch = cost > 2e6 && !model.record ? element("p", { class: "quiet", text: "This word is too long for that here; nerode explain does it." }) : null;
    const kept = (effects) => effects[way].map((value) => (value === null ? NaN : value));
    const ours = tooMuch ? word.map(() => NaN) : model.record ? kept(known.student) : effectsOf(model, word, way, label, lettersAt);
    const row = (name, effects) => {
      const largest = Math.max(...effects.filter(Number.isFinite).map(Math.abs), 1e-300);
      return element("div", { class: "effects" }, element("span", { text: name }), ...effects.map((effect, k) => {
        const cell = hinted(element("bdi", { class: "effect", tabindex: 0, text: data.alphabet[word[k]] }), () => [`${data.alphabet[word[k]]}: ${digits(effect)}`]);
        cell.style.background = Number.isFinite(effect) ? diverging(effect / largest) : "";
        return cell;
      }));
    };
    return element("div", { class: "explained" },
      element("label", null, "What does each letter do to the answer, if ", ways, "? Blue raises it, orange lowers it."),
      tooMuch || row(entry.name, ours),
      known ? row("network", kept(known.network)) : element("p", { class: "quiet", text: "The network's explanation was recorded for the words listed under “Explanations”." }));
  }

  return { show };
}
