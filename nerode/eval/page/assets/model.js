// Automata: scores of words, as Python computes them; of other students the answers that Python recorded.

// an array that Python wrote as the base64 of its bytes; see nerode.eval.page.packing
function unpacked(value) {
  if (value === null || typeof value !== "object" || !value.float64) return value;
  const bytes = Uint8Array.from(atob(value.float64), (letter) => letter.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  const numbers = Array.from({ length: bytes.length / 8 }, (_, k) => view.getFloat64(8 * k, true));
  return value.shape.slice(1).reduceRight((flat, size) => Array.from({ length: flat.length / size }, (_, k) => flat.slice(k * size, (k + 1) * size)), numbers);
}

function unpackedFields(fields) {
  return fields && Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, unpacked(value)]));
}

function newModel(entry) {
  const file = entry.model.file, link = entry.model.link, given = entry.model.distribution;
  if (!file) return { link, record: newRecord(entry.recorded) };
  const make = given ? distributionOf : { dfa: dfaOf, pdfa: pdfaOf, wfa: wfaOf, vpa: vpaOf }[file.type];
  return Object.assign(make(given || file), { link });
}

function dfaOf(file) {
  return {
    start: () => file.initial,
    step: (state, letter) => file.transitions[state][letter],
    scores(state) {
      const label = file.labels[state];
      return file.classes === 2 ? [label === 1 ? 1 : -1] : Array.from({ length: file.classes }, (_, k) => (k === label ? 1 : 0));
    },
  };
}

function pdfaOf(file) {
  return {
    start: () => file.initial,
    step: (state, letter) => file.transitions[state][letter],
    scores: (state) => file.probabilities[state].map(Math.log),
  };
}

function wfaOf(file) {
  return {
    start: () => file.initial,
    step: (state, letter) => times(state, file.transitions[letter]),
    scores: (state) => times(state, file.final),
  };
}

// A state is a location and the linked pairs of a location and a call on the stack; null once the word is rejected.
function vpaOf(file) {
  return {
    start: () => ({ location: file.initial, top: null }),
    step(state, letter) {
      if (state === null) return null;
      const call = file.calls.indexOf(letter), back = file.returns.indexOf(letter);
      if (call >= 0) return { location: file.initial, top: { location: state.location, call, below: state.top } };
      if (back < 0) {
        const before = [...file.calls, ...file.returns].filter((other) => other < letter).length;
        return { location: file.transitions[state.location][letter - before], top: state.top };
      }
      if (state.top === null) return null;
      const column = state.top.location * file.calls.length + state.top.call;
      return { location: file.pops[state.location][back][column], top: state.top.below };
    },
    scores: (state) => [state !== null && state.top === null && file.accepting[state.location] ? 1 : -1],
  };
}

// An automaton of word probabilities as a language model; see nerode.automata.distribution.
function distributionOf(file) {
  const noise = 0.1, floor = 1e-20;
  return {
    start: () => rescaled(file.initial),
    step: (state, letter) => rescaled(times(state, file.transitions[letter])),
    scores(state) {
      let values = times(state, file.weights);
      if (!values.some((value) => value > 0)) {
        values = values.map((_, k) => (k === values.length - 1 ? 1 : 0));
      } else {
        const least = noise * Math.max(0, -Math.min(...values));
        values = values.map((value) => Math.max(value, least));
      }
      const sum = values.reduce((a, b) => a + b, 0);
      return values.map((value) => Math.log(Math.max(value / sum, floor)));
    },
  };
}

// row (r,) times matrix (r, k)
function times(row, matrix) {
  const result = new Array(matrix[0].length).fill(0);
  for (let i = 0; i < row.length; i++) {
    const factor = row[i], weights = matrix[i];
    if (factor !== 0) for (let j = 0; j < result.length; j++) result[j] += factor * weights[j];
  }
  return result;
}

// scaled by a power of 2 so that the largest number is between 1/2 and 1
function rescaled(vector) {
  const largest = Math.max(...vector.map(Math.abs));
  if (!(largest > 0 && largest < Infinity)) return vector;
  let power = Math.floor(Math.log2(largest)) + 1;
  while (largest * 2 ** -power >= 1) power += 1;
  while (largest * 2 ** -power < 0.5) power -= 1;
  power = Math.max(power, -1023);
  return vector.map((value) => value * 2 ** -power);
}

function logProbabilities(link, scores) {
  const possible = (x, k) => (link.ends === false && k === link.letters ? -Infinity : x);
  const squashed = scores.map((x) => (link.squash === "sigmoid" ? 1 / (1 + Math.exp(-x)) : x)).map(possible);
  const largest = Math.max(...squashed);
  const total = Math.log(squashed.reduce((sum, x) => sum + Math.exp(x - largest), 0));
  return squashed.slice(0, link.letters + 1).map((x) => x - largest - total);
}

// the class or the likeliest next symbol; null for values
function labelOf(link, scores) {
  if (link.name === "value") return null;
  if (link.name === "binary") return scores[0] > 0 ? 1 : 0;
  const among = link.name === "next-symbol" ? scores.slice(0, link.letters + (link.ends === false ? 0 : 1)) : scores;
  return among.indexOf(Math.max(...among));
}

// the number that stands for scores: see nerode.eval.worth
function worth(link, scores, label) {
  if (link.name !== "multiclass") return scores[0];
  return scores[label] - Math.max(...scores.filter((_, k) => k !== label));
}

function meaning(link, label) {
  if (link.name === "multiclass") return label === null ? "lead of a class over the best other one" : `lead of class ${label} over the best other one`;
  return { binary: "margin of class 1", "next-symbol": "log-probability of the letters so far" }[link.name] || "value";
}

// the run over a word: states, scores and labels after 0, 1, … letters, and sums of log-probabilities of a language model
// of what is recorded, states are the numbers of its nodes, undefined where it was not asked
function run(model, word) {
  if (model.record) {
    const nodes = model.record.path(word);
    return { states: nodes, labels: nodes.map(model.record.label) };
  }
  let state = model.start(), sum = 0;
  const found = { states: [], scores: [], labels: [], sums: [] };
  for (let k = 0; k <= word.length; k++) {
    const scores = model.scores(state);
    found.states.push(state);
    found.scores.push(scores);
    found.labels.push(labelOf(model.link, scores));
    found.sums.push(sum);
    if (k === word.length) break;
    if (model.link.name === "next-symbol") sum += logProbabilities(model.link, scores)[word[k]];
    state = model.step(state, word[k]);
  }
  return found;
}

// the label of the word, or of its longest prefix that was recorded; null for none
function lastLabel(found) {
  return found.labels.findLast((label) => label !== null && label !== undefined) ?? null;
}

// the number after each letter
function numbersOf(model, found) {
  const label = lastLabel(found);
  if (model.record) return found.states.map((node) => model.record.number(model.link, node, label) ?? NaN);
  if (model.link.name === "next-symbol") return found.sums;
  return found.scores.map((scores) => worth(model.link, scores, label));
}

// the answer to a whole word, with its end where the model has one
function answerTo(model, word, label) {
  const found = run(model, word), last = found.scores[word.length];
  if (model.link.name === "next-symbol")
    return found.sums[word.length] + (model.link.ends === false ? 0 : logProbabilities(model.link, last)[model.link.letters]);
  return worth(model.link, last, label);
}

// what each letter does to the answer in one way, of several classes to the lead of a label: see nerode.eval.explanations
// letters: those that may stand at each place
function effectsOf(model, word, way, label, letters) {
  const answer = (other) => answerTo(model, other, label);
  const whole = answer(word);
  const without = (k) => [...word.slice(0, k), ...word.slice(k + 1)];
  const ways = {
    step: (letter, k) => answer(word.slice(0, k + 1)) - answer(word.slice(0, k)),
    left_out: (letter, k) => whole - answer(without(k)),
    replaced: (letter, k) => {
      const others = letters(k).filter((other) => other !== letter);
      const sum = others.reduce((sum, other) => sum + answer([...word.slice(0, k), other, ...word.slice(k + 1)]), 0);
      return others.length ? whole - sum / others.length : 0;
    },
  };
  return word.map(ways[way]);
}

// the network's answers, by the word
function newRecord(record) {
  const next = new Map();
  record.parents.forEach((parent, node) => next.set(`${parent},${record.letters[node]}`, node));
  return {
    // of each prefix of a word the number of its node; undefined where it was not asked
    path(word) {
      const nodes = [0];
      for (const letter of word) {
        const last = nodes[nodes.length - 1];
        nodes.push(last === undefined ? undefined : next.get(`${last},${letter}`));
      }
      return nodes.map((node) => (record.known[node] ? node : undefined));
    },
    label: (node) => (node === undefined || !record.labels ? null : record.labels[node]),
    number(link, node, label) {
      if (node === undefined) return null;
      const numbers = record.numbers[node];
      if (link.name !== "multiclass") return numbers[0];
      return numbers.includes(null) || label === null ? null : worth(link, numbers, label);
    },
  };
}
