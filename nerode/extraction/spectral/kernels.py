"""Matrix products of refinement: a few rows of states times the matrix of a letter.

A letter is read after some four prefixes of a length, whose states lie anywhere in an array. A library call for each such product
would cost more than the product. The kernels therefore multiply in register tiles, as libraries do (Goto, van de Geijn: Anatomy
of high-performance matrix multiplication, ACM TOMS 2008): up to 4 rows by 8 columns of the result stay in registers while the
inner index runs. Compilers do not find this form in plain loops, which are three times slower. The tile is written in LLVM's
intermediate language, with vectors of 4 numbers; LLVM makes the instructions of the processor at hand from it.
"""

from __future__ import annotations

from itertools import chain
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from nerode.compiled import compiled, machine_code
from nerode.words import FloatArray, IntArray

LANES = 4  # numbers in a vector
COLUMNS = 8  # of a tile: two vectors
CHUNK = 64  # rows that are copied together for an outer product, so that they stay in the nearest cache

NUMBER, INTEGER = ir.DoubleType(), ir.IntType(64)
VECTOR = ir.VectorType(NUMBER, LANES)


def _tile(typing: Any, left: Any, rows: Any, right: Any, inner: Any, result: Any, places: Any, column: Any) -> Any:
    """Add a tile: result[places, column:column + 8] += left[rows, :inner] @ right[:inner, column:column + 8].

    The arrays are contiguous, and all places differ. `right` has a multiple of 8 columns; those that `result` lacks are left
    out. `rows` and `places` are tuples, whose length is known when the tile is compiled.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        def array(number: int) -> tuple[Any, Any]:
            """Where its numbers begin, and the length of a row."""
            made = context.make_array(signature.args[number])(context, builder, arguments[number])
            return made.data, cgutils.unpack_tuple(builder, made.shape)[1]

        def row(of: tuple[Any, Any], index: Any) -> Any:
            return builder.gep(of[0], [builder.mul(index, of[1])])

        def vector(begin: Any, number: int) -> Any:
            return builder.bitcast(builder.gep(begin, [INTEGER(number * LANES)]), VECTOR.as_pointer())

        source, matrix, target = array(0), array(2), array(4)
        steps, first = arguments[3], arguments[6]
        sources = [row(source, index) for index in cgutils.unpack_tuple(builder, arguments[1])]
        targets = [builder.gep(row(target, index), [first]) for index in cgutils.unpack_tuple(builder, arguments[5])]
        parts = range(COLUMNS // LANES)

        before, loop, behind = builder.block, builder.append_basic_block("inner"), builder.append_basic_block("sums")
        builder.branch(loop)
        builder.position_at_end(loop)
        index = builder.phi(INTEGER)
        index.add_incoming(INTEGER(0), before)
        sums = [[builder.phi(VECTOR) for _ in parts] for _ in sources]
        begin = builder.gep(row(matrix, index), [first])
        factors = [builder.load(vector(begin, part), align=8) for part in parts]
        totals = []
        for begin, old in zip(sources, sums, strict=True):
            number = builder.load(builder.gep(begin, [index]))
            lanes = builder.insert_element(VECTOR(ir.Undefined), number, ir.IntType(32)(0))
            lanes = builder.shuffle_vector(lanes, VECTOR(ir.Undefined), ir.VectorType(ir.IntType(32), LANES)(None))
            products = [builder.fmul(lanes, factor, flags=("contract",)) for factor in factors]
            totals.append([builder.fadd(a, b, flags=("contract",)) for a, b in zip(old, products, strict=True)])
        for old, new in zip(chain(*sums), chain(*totals), strict=True):
            old.add_incoming(VECTOR([0.0] * LANES), before)
            old.add_incoming(new, loop)
        following = builder.add(index, INTEGER(1))
        index.add_incoming(following, loop)
        builder.cbranch(builder.icmp_signed("<", following, steps), loop, behind)
        builder.position_at_end(behind)

        room = builder.sub(target[1], first)
        buffer = cgutils.alloca_once(builder, NUMBER, COLUMNS)
        with builder.if_else(builder.icmp_signed(">=", room, INTEGER(COLUMNS))) as (whole, partial):
            with whole:
                for begin, new in zip(targets, totals, strict=True):
                    for part in parts:
                        place = vector(begin, part)
                        builder.store(builder.fadd(builder.load(place, align=8), new[part]), place, align=8)
            with partial:
                for begin, new in zip(targets, totals, strict=True):
                    for part in parts:
                        builder.store(new[part], vector(buffer, part), align=8)
                    with cgutils.for_range(builder, room) as each:
                        place = builder.gep(begin, [each.index])
                        added = builder.load(builder.gep(buffer, [each.index]))
                        builder.store(builder.fadd(builder.load(place), added), place)
        return context.get_dummy_value()

    return types.void(left, rows, right, inner, result, places, column), generate


tile: Any = intrinsic(_tile)


@machine_code
def add_product(left: Any, rows: Any, right: Any, inner: Any, result: Any, places: Any) -> None:
    """result[places] += left[rows, :inner] @ right[:inner], for a tuple of at most 4 rows."""
    for column in range(0, result.shape[1], COLUMNS):
        tile(left, rows, right, inner, result, places, column)


@machine_code
def four(numbers: Any, i: Any) -> Any:
    return numbers[i], numbers[i + 1], numbers[i + 2], numbers[i + 3]


@machine_code
def add_products(left: Any, rows: Any, right: Any, inner: Any, result: Any, places: Any) -> None:
    """result[places] += left[rows, :inner] @ right[:inner], for arrays of rows and places."""
    whole = len(rows) - len(rows) % 4
    for i in range(0, whole, 4):
        add_product(left, four(rows, i), right, inner, result, four(places, i))
    i, rest = whole, len(rows) - whole
    if rest == 3:
        add_product(left, (rows[i], rows[i + 1], rows[i + 2]), right, inner, result, (places[i], places[i + 1], places[i + 2]))
    elif rest == 2:
        add_product(left, (rows[i], rows[i + 1]), right, inner, result, (places[i], places[i + 1]))
    elif rest == 1:
        add_product(left, (rows[i],), right, inner, result, (places[i],))


@compiled("void(f8[:,::1], i8[::1], f8[:,::1], i8[::1], i8[:,:], f8[:,:,::1])")
def walk(before: FloatArray, rows: IntArray, after: FloatArray, places: IntArray, runs: IntArray, matrices: FloatArray) -> None:
    """after[places[i]] += before[rows[i]] @ matrices[letter], run after run.

    Parameters
    ----------
    before, after : (n, r), which may be one array
    runs : (m, 3), a letter, the first i and the i behind the last; no place occurs in a run twice, or is a row of it
    matrices : (Σ, r, columns), `padded`
    """
    for run in range(len(runs)):
        letter, begin, end = runs[run, 0], runs[run, 1], runs[run, 2]
        add_products(before, rows[begin:end], matrices[letter], before.shape[1], after, places[begin:end])


@compiled("void(f8[:,::1], i8[::1], f8[:,::1], i8[:,::1], f8[:,:,::1])")
def add_outer_products(before: FloatArray, rows: IntArray, after: FloatArray, runs: IntArray, result: FloatArray) -> None:
    """result[letter] += before[rows[i]]ᵀ after[i], the sum over the i of a run; runs are as `walk` has them.

    Parameters
    ----------
    before, after : (n, r)
    result : (Σ, r, r)
    """
    size = before.shape[1]
    left, right = np.empty((size, CHUNK)), np.zeros((CHUNK, size + -size % COLUMNS))
    every = np.arange(size)
    for run in range(len(runs)):
        letter, begin, end = runs[run, 0], runs[run, 1], runs[run, 2]
        for first in range(begin, end, CHUNK):
            count = min(CHUNK, end - first)
            for i in range(count):
                row = rows[first + i]
                for j in range(size):
                    left[j, i] = before[row, j]
                    right[i, j] = after[first + i, j]
            add_products(left, every, right, count, result[letter], every)


def padded(matrices: FloatArray) -> FloatArray:
    """Matrices (Σ, r, r) with columns of zeros behind, so many that they are a multiple of 8."""
    size = matrices.shape[2]
    result = np.zeros((*matrices.shape[:2], size + -size % COLUMNS))
    result[:, :, :size] = matrices
    return result
