"""The 64 bits of a double as an integer and back, without a copy and without leaving registers."""

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic


@intrinsic
def bits_of(_typing_context, _number):
    """Return the bits of a double as a signed integer."""
    return types.int64(types.float64), _bitcast_to(ir.IntType(64))


@intrinsic
def double_of(_typing_context, _bits):
    """Return the double that has these bits."""
    return types.float64(types.int64), _bitcast_to(ir.DoubleType())


def _bitcast_to(kind):
    def generate(_context, builder, _signature, arguments):
        return builder.bitcast(arguments[0], kind)

    return generate
