"""Sums over rows that never leave registers: many draws side by side, as one value.

Written in loops, each sum would be read and written for each row that is added to it, and each
short loop would first check that no two of its arrays overlap; that took three times as long.
"""

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

WIDE = 32
NARROW = 8
"""Draws side by side: as wide as fills the registers, and what all widths are a multiple of."""

_CONTRACT = ("contract",)


@intrinsic
def wide_sum(_typing_context, initial, rows, places, values, begin, end, out, i, r):
    """Set out[i, r : r + 32] to initial plus the listed rows, each times its weight."""
    return types.void(initial, rows, places, values, begin, end, out, i, r), _sum_of(WIDE)


@intrinsic
def narrow_sum(_typing_context, initial, rows, places, values, begin, end, out, i, r):
    """Set out[i, r : r + 8] to initial plus the listed rows, each times its weight."""
    return types.void(initial, rows, places, values, begin, end, out, i, r), _sum_of(NARROW)


def _sum_of(width):
    def generate(context, builder, signature, arguments):
        initial, _, _, _, begin, end, _, i, r = arguments
        rows, places, values, out = (
            make_array(signature.args[k])(context, builder, arguments[k]) for k in (1, 2, 3, 6)
        )
        kind = ir.VectorType(ir.DoubleType(), width)
        total = cgutils.alloca_once_value(builder, _splat(builder, initial, kind))
        with cgutils.for_range(builder, builder.sub(end, begin)) as loop:
            m = builder.add(begin, loop.index)
            place = builder.load(builder.gep(places.data, [m]))
            weight = _splat(builder, builder.load(builder.gep(values.data, [m])), kind)
            row = builder.load(_lanes(builder, rows, place, r, kind), align=8)
            product = builder.fmul(weight, row, flags=_CONTRACT)
            builder.store(builder.fadd(builder.load(total), product, flags=_CONTRACT), total)
        builder.store(builder.load(total), _lanes(builder, out, i, r, kind), align=8)
        return context.get_dummy_value()

    return generate


def _lanes(builder, array, i, r, kind):
    """Return the address of lanes of a row from r on."""
    length = cgutils.unpack_tuple(builder, array.shape, 2)[1]
    place = builder.add(builder.mul(i, length), r)
    return builder.bitcast(builder.gep(array.data, [place]), kind.as_pointer())


def _splat(builder, number, kind):
    first = builder.insert_element(
        ir.Constant(kind, ir.Undefined), number, ir.Constant(ir.IntType(32), 0)
    )
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), kind.count), [0] * kind.count)
    return builder.shuffle_vector(first, first, zeros)
