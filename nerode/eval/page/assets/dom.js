// Elements of the page. All text is set as text: nothing that a file names is read as markup.

const SVG = "http://www.w3.org/2000/svg";

// a new element: attributes by name, "text", listeners as functions, then children
function element(name, attributes, ...children) {
  return filled(document.createElement(name), attributes, children);
}

function drawing(name, attributes, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

function filled(made, attributes, children) {
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "text") made.textContent = value;
    else if (typeof value === "function") made.addEventListener(key, value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

function replaced(place, ...children) {
  place.replaceChildren(...children.filter((child) => child !== null && child !== undefined));
}

function wordText(word) {
  return word.length ? word.map((letter) => data.alphabet[letter]).join(data.single ? "" : " ") : "ε";
}

// a word in running text; it keeps its own direction
function wordElement(word, attributes) {
  return element("bdi", Object.assign({ class: "word", text: wordText(word) }, attributes));
}

// a word that is traced on a click
function wordButton(word) {
  const text = element("bdi", { text: wordText(word) });
  return element("button", { type: "button", class: "word", title: "trace this word", click: () => traceWord(word, true) }, text);
}

function labelText(label) {
  if (label === null || label === undefined) return "";
  if (data.link.name === "next-symbol") return label === data.link.letters ? "end" : data.alphabet[label];
  if (data.classes) return data.classes[label];
  if (data.link.name === "binary") return label ? "accepted" : "rejected";
  return `class ${label}`;
}

// as Python prints with four significant digits
function digits(value, count = 4) {
  if (value === null || value === undefined) return "–";
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "undefined" : value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  const text = size !== 0 && (size < 1e-4 || size >= 10 ** count) ? value.toExponential(count - 1) : Number(value.toPrecision(count)).toString();
  return text.replace("-", "−");
}

function percent(share, count = 3) {
  return share === null || share === undefined ? "–" : `${digits(100 * share, count)} %`;
}

function table(head, rows, caption) {
  const cell = (kind) => (content) => element(kind, kind === "th" ? { scope: "col" } : null, content instanceof Node ? content : String(content));
  const made = element("table", null,
    caption ? element("caption", { text: caption }) : null,
    element("thead", null, element("tr", null, ...head.map(cell("th")))),
    element("tbody", null, ...rows.map((row) => element("tr", null, ...row.map(cell("td"))))));
  return element("div", { class: "scrolls" }, made);
}

const hint = { place: null };

// lines of text beside the pointer, or beside an element that has the focus
function showHint(event, lines) {
  hint.place = hint.place || document.body.appendChild(element("div", { id: "hint", role: "tooltip" }));
  replaced(hint.place, ...lines.map((line) => element("div", null, element("bdi", { text: line }))));
  const box = event.target.getBoundingClientRect();
  const x = event.clientX || box.left + box.width / 2, y = event.clientY || box.bottom;
  hint.place.hidden = false;
  hint.place.style.left = `${Math.max(4, Math.min(x + 14, innerWidth - hint.place.offsetWidth - 8))}px`;
  hint.place.style.top = `${Math.max(4, Math.min(y + 14, innerHeight - hint.place.offsetHeight - 8))}px`;
}

function hideHint() {
  if (hint.place) hint.place.hidden = true;
}

function hinted(made, lines) {
  for (const name of ["pointerenter", "focus"]) made.addEventListener(name, (event) => showHint(event, lines()));
  for (const name of ["pointerleave", "blur"]) made.addEventListener(name, hideHint);
  return made;
}

function saved(name, text, type) {
  const address = URL.createObjectURL(new Blob([text], { type }));
  element("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}
