"""Arrays that a compiled loop borrows: views of the same memory that count no references.

Numba counts references to an array in each slice and each call, with atomic instructions. In a
loop over persons that costs more than the arithmetic, and threads that share an array slow each
other down. The caller holds the arrays for as long as the loop runs, so nothing need be counted.
"""

from numba.core import cgutils, types
from numba.core.imputils import impl_ret_borrowed
from numba.extending import intrinsic
from numba.np.arrayobj import make_array


@intrinsic
def unowned(_typing_context, arrays):
    """Return a tuple of arrays, named or not, as views that count no references."""

    def generate(context, builder, signature, arguments):
        kinds = signature.args[0].types
        members = cgutils.unpack_tuple(builder, arguments[0], len(kinds))
        views = [
            _without_owner(context, builder, kind, member)
            for kind, member in zip(kinds, members, strict=True)
        ]
        made = context.make_tuple(builder, signature.return_type, views)
        return impl_ret_borrowed(context, builder, signature.return_type, made)

    return arrays(arrays), generate


def _without_owner(context, builder, kind, member):
    if not isinstance(kind, types.Array):
        return member
    view = make_array(kind)(context, builder, member)
    view.meminfo = cgutils.get_null_value(view.meminfo.type)
    return view._getvalue()
