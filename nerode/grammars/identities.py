"""Builds terms of regular expressions, simplified by identities of Kleene algebra (Kozen, 1994) that do not lengthen them.

They flatten, merge letters into classes, join powers (X X* = X+, X? X? = X{0,2}), turn (A* B)* A* into (A|B)*, rotate X (Y X)* to
(X Y)* X, and factor out common prefixes and suffixes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from nerode.grammars.terms import EMPTY, NOTHING, Choice, Concatenation, Letters, Repeat, Term, alternatives, factors


def _power(term: Term) -> tuple[Term, int, int | None]:
    """Return a term as a power of another."""
    return (term.term, term.least, term.most) if isinstance(term, Repeat) else (term, 1, 1)


def _is_star(term: Term) -> bool:
    return isinstance(term, Repeat) and term.least == 0 and term.most is None


def _total(a: int | None, b: int | None) -> int | None:
    return None if a is None or b is None else a + b


# powers


def repeat(term: Term, least: int, most: int | None) -> Term:
    """Return a term `least` to `most` times in a row, simplified."""
    if term == NOTHING:
        return EMPTY if least == 0 else NOTHING
    if term == EMPTY or most == 0:
        return EMPTY
    least = 0 if term.nullable else least
    if most is None and least <= 1:
        term = _below_star(term)
        if term == EMPTY:
            return EMPTY
        least = 0 if term.nullable else least
    if least == most:
        return sequence([term] * least)
    if term.nullable and most == 1:
        return term
    if isinstance(term, Repeat):
        base, low, high = _power(term)
        if low <= 1:  # the numbers of repetitions of the base have no gap
            return repeat(base, least * low, None if most is None or high is None else most * high)
        if high is None and least >= 1:
            return Repeat(base, low * least, None)
    return Repeat(term, least, most)


def _below_star(term: Term) -> Term:
    """Return a simpler term with the same star: (X*|Y)* = (X|Y)*, (X*Y*)* = (X|Y)*, ([ab]|ba)* = [ab]*.

    The plus of both is the same too, but for ε, which the star of a nullable term has.
    """
    if isinstance(term, Concatenation) and term.nullable:
        return _below_star(choice([_power(part)[0] for part in term.parts]))
    if not isinstance(term, Choice):
        return term
    classes = frozenset().union(*(part.symbols for part in term.parts if isinstance(part, Letters)))
    kept: list[Term] = []
    freed = False  # ε matched, and matches no longer
    for part in term.parts:
        base, low, _ = _power(part)
        simpler = base if low <= 1 else part
        if isinstance(simpler, Concatenation) and simpler.nullable:
            simpler = _below_star(simpler)
        freed |= part.nullable and not simpler.nullable
        if isinstance(simpler, Letters) or not simpler.letters <= classes:
            kept.append(simpler)
    if kept == list(term.parts):
        return term
    simpler = _below_star(choice(kept))
    return repeat(simpler, 0, 1) if freed or term.nullable else simpler


# concatenations


def sequence(parts: Iterable[Term]) -> Term:
    """Return the parts one after the other, simplified."""
    done: list[Term] = []
    waiting = [*parts][::-1]
    while waiting:
        part = waiting.pop()
        if part == NOTHING:
            return NOTHING
        if isinstance(part, Concatenation):
            waiting.extend(reversed(part.parts))
            continue
        changed = _appended(done, part)
        if changed is None:
            done.append(part)
            continue
        count, replacement = changed
        del done[len(done) - count :]
        waiting.extend(reversed(replacement))
    return done[0] if len(done) == 1 else Concatenation(tuple(done))


def _appended(done: list[Term], part: Term) -> tuple[int, Sequence[Term]] | None:
    """Return how many of the last terms give way when `part` follows, and for what, `part` included; None for no change."""
    if not done:
        return None
    base, least, most = _power(part)
    before, low, high = _power(done[-1])
    if base == before and isinstance(part, Repeat) | isinstance(done[-1], Repeat):
        return 1, [Repeat(base, least + low, _total(most, high))]
    for near, far in ((done[-1], part), (part, done[-1])):
        if _is_star(near) and (less := _beside_star(far, _power(near)[0])) is not None:
            return 1, [near, *less] if near is done[-1] else [*less, near]
    if _is_star(part) and _is_star(done[-1]):  # (A* B)* A* and A* (B A*)*
        if isinstance(before, Concatenation) and before.parts[0] == part:
            return 1, [repeat(choice([base, sequence(before.parts[1:])]), 0, None)]
        if isinstance(base, Concatenation) and base.parts[-1] == done[-1]:
            return 1, [repeat(choice([before, sequence(base.parts[:-1])]), 0, None)]
    if isinstance(part, Repeat) and isinstance(base, Concatenation):
        count = len(base.parts)
        if tuple(done[-count:]) == base.parts:  # A B (A B)*
            return count, [Repeat(base, least + 1, _total(most, 1))]
        if most is None and done[-1] == base.parts[-1]:  # X (Y X)* = (X Y)* X
            return 1, [repeat(sequence([done[-1], *base.parts[:-1]]), least, most), done[-1]]
    for count, repeated in enumerate(reversed(done[:-1]), 1):  # (A B)* A B
        base, low, high = _power(repeated)
        if isinstance(repeated, Repeat) and factors(base) == (*done[len(done) - count :], part):
            return count + 1, [Repeat(base, low + 1, _total(high, 1))]
    return None


def _beside_star(term: Term, starred: Term) -> Sequence[Term] | None:
    """Return what is left of a term beside the star of another: X? [xy]* = [xy]*, X+ [xy]* = X [xy]*; None if all of it."""
    if not isinstance(term, Repeat):
        return None
    inside = term.term in alternatives(starred)
    inside |= isinstance(starred, Letters) and term.letters <= starred.symbols
    if not inside or term.least == term.most:
        return None
    return [repeat(term.term, term.least, term.least)] if term.least else []


# choices


def choice(parts: Iterable[Term]) -> Term:
    """Return one of the parts, simplified."""
    classes: set[int] = set()
    optional = False
    powers: dict[Term, list[tuple[int, int | None]]] = defaultdict(list)
    waiting = [*parts][::-1]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Choice):
            waiting.extend(reversed(part.parts))
        elif isinstance(part, Letters):
            classes |= part.symbols
        elif part == EMPTY:
            optional = True
        else:
            base, low, high = _power(part)
            if (low, high) == (0, 1):
                optional = True
                waiting.append(base)
            else:
                powers[base].append((low, high))
    if classes:
        powers[Letters(frozenset(classes))].append((1, 1))
    optional &= not any(low == 0 for ranges in powers.values() for low, _ in ranges)
    found: list[Term] = []
    for base, ranges in powers.items():
        for low, high in _joined(ranges, optional):
            optional &= low > 0
            found.append(repeat(base, low, high))
    result = _factored(_absorbed(found), optional)
    return repeat(result, 0, 1) if optional and not result.nullable else result


def _joined(ranges: list[tuple[int, int | None]], optional: bool) -> list[tuple[int, int | None]]:
    """Return ranges of repetitions that touch as one; where ε matches too, it joins a range from 1 on to more."""
    joined: list[tuple[int, int | None]] = []
    for low, high in sorted(ranges, key=lambda each: (each[0], each[1] is None, each[1] or 0)):
        if joined and (joined[-1][1] is None or low <= (joined[-1][1] or 0) + 1):
            last = joined[-1][1]
            joined[-1] = joined[-1][0], None if last is None or high is None else max(last, high)
        else:
            joined.append((low, high))
    if optional and joined[0][0] == 1 and joined[0][1] != 1:
        joined[0] = 0, joined[0][1]
    return joined


def _absorbed(parts: list[Term]) -> list[Term]:
    """Return the parts without those that the star of a class covers."""
    stars = [part for part in parts if isinstance(part, Repeat) and part.most is None and isinstance(part.term, Letters)]
    return [
        part
        for part in parts
        if not any(
            part is not star and part.letters <= star.letters and (star.least == 0 or (star.least == 1 and not part.nullable))
            for star in stars
        )
    ]


def _factored(parts: list[Term], optional: bool) -> Term:
    """Return the choice of the parts with common prefixes and suffixes factored out, those that save most first.

    (A|B) C | A | B becomes (A|B) C?, and where ε is one of the alternatives, (A|B)? C | A | B becomes (A|B)? C?.
    """
    if len(parts) > 1:
        for place, part in enumerate(parts):
            for end in (0, -1) if isinstance(part, Concatenation) else ():
                united = factors(part)[end]
                base, *counts = _power(united)
                others = set(alternatives(base))
                if others.issubset(parts) and (counts == [1, 1] or (optional and counts == [0, 1])):
                    rest = repeat(sequence(factors(part)[1:] if end == 0 else factors(part)[:-1]), 0, 1)
                    kept = [other for i, other in enumerate(parts) if i != place and other not in others]
                    return choice([*kept, sequence([united, rest] if end == 0 else [rest, united])])
        shared: dict[tuple[int, Term], list[int]] = defaultdict(list)
        for place, part in enumerate(parts):
            for end in (0, -1):
                shared[end, factors(part)[end]].append(place)
        (end, factor), places = max(shared.items(), key=lambda item: (len(item[1]) - 1) * item[0][1].size)
        if len(places) > 1:
            rest = choice(sequence(factors(parts[place])[1:] if end == 0 else factors(parts[place])[:-1]) for place in places)
            united = sequence([factor, rest] if end == 0 else [rest, factor])
            return choice([*(part for place, part in enumerate(parts) if place not in places), united])
    return parts[0] if len(parts) == 1 else Choice(tuple(parts))
