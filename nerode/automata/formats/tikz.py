"""LaTeX pictures, `.tex`: a complete document for TikZ with its library `automata`, placed by Graphviz."""

from __future__ import annotations

import unicodedata

from nerode.automata.diagram import DrawingSettings
from nerode.automata.formats.saveable import Saveable
from nerode.automata.layout import Arrow, Point, layout

HEAD = r"""\documentclass[tikz,border=4pt]{standalone}
\usetikzlibrary{automata,arrows.meta}
\begin{document}
\begin{tikzpicture}[x=1pt, y=1pt, >={Stealth[round]}, every state/.style={inner sep=1pt, minimum size=0pt},
  letters/.style={font=\small, align=center, fill=white, fill opacity=0.8, text opacity=1, inner sep=1pt}]"""
FOOT = "\\end{tikzpicture}\n\\end{document}\n"
SIGNS = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\texttt{\char34}",
    "'": r"\textquotesingle{}",
    "`": r"\textasciigrave{}",
    "-": "{-}",  # two of them are no dash
    "−": "$-$",
    "–": "--",
    "…": r"\dots{}",
    "·": r"$\cdot$",
    "×": r"$\times$",
    "≤": r"$\le$",
    "≥": r"$\ge$",
    "ε": r"$\varepsilon$",
    "→": r"$\rightarrow$",
    "ß": r"\ss{}",
    "\n": r"\\{}",  # else [ or * would belong to the command
}
ACCENTS = {
    "\u0300": "`", "\u0301": "'", "\u0302": "^", "\u0303": "~", "\u0304": "=", "\u0306": "u", "\u0307": ".", "\u0308": '"',
    "\u030a": "r", "\u030b": "H", "\u030c": "v", "\u0327": "c",
}  # fmt: skip
GREEK = "ΓΔΘΛΞΠΣΥΦΨΩαβγδζηθικλμνξπρστυφχψω"


def write(automaton: Saveable, settings: DrawingSettings | None) -> str:
    """Return the LaTeX document of a readable selection, as in other pictures.

    Raises
    ------
    InputError : pygraphviz is not installed
    """
    diagram = automaton.diagram(settings or DrawingSettings())
    places = layout(diagram)
    lines = [HEAD]
    for node in diagram.nodes:
        box = places.nodes[node.name]
        round_ = "circle" if abs(box.width - box.height) < 1 else "rectangle, rounded corners"
        accepting = ", accepting" if node.accepting else ""
        size = f"minimum width={box.width}pt, minimum height={box.height}pt"
        centre = _point((box.x, box.y), places.height)
        lines.append(
            rf"  \node[state, {round_}, align=center, {size}{accepting}] ({node.name}) at {centre} {{{text(node.label)}}};"
        )
    for edge, arrow in zip(diagram.edges, places.edges, strict=True):
        lines.append(_arrow(arrow, places.height))
        if edge.label and arrow.label:
            lines.append(rf"  \node[letters] at {_point(arrow.label, places.height)} {{{text(edge.label)}}};")
    lines += [_arrow(arrow, places.height) for arrow in places.entries]
    if diagram.caption:
        below = rf"at (0,-6) {{{text(diagram.caption)}}};"
        lines.append(rf"  \node[anchor=north west, font=\footnotesize, text width={max(places.width, 150):.0f}pt] {below}")
    return "\n".join([*lines, FOOT])


def text(value: str) -> str:
    """Return a text as every LaTeX sets it: signs and accents by commands, letters that its fonts lack by their numbers."""
    return "".join(map(_set, value))


def _set(character: str) -> str:
    if character in SIGNS or character.isascii():
        return SIGNS.get(character, character)
    if character in GREEK:
        name = unicodedata.name(character).split()[-1].lower().replace("lamda", "lambda")
        return f"$\\{name.capitalize() if character.isupper() else name}$"
    letter, *accents = list(unicodedata.normalize("NFD", character))
    if letter.isascii() and len(accents) == 1 and accents[0] in ACCENTS:
        return f"\\{ACCENTS[accents[0]]}{{{letter}}}"
    return f"U+{ord(character):04X}"


def _arrow(arrow: Arrow, height: float) -> str:
    first, *others = [_point(point, height) for point in arrow.points]
    curves = [f".. controls {a} and {b} .. {c}" for a, b, c in zip(others[::3], others[1::3], others[2::3], strict=True)]
    return rf"  \draw[->] {first} {' '.join(curves)} -- {_point(arrow.tip, height)};"


def _point(point: Point, height: float) -> str:
    """Return a point; TikZ counts from below."""
    return f"({point[0]:.1f},{height - point[1]:.1f})"
