"""How loops are compiled: what LLVM may assume, and what it must leave alone."""

_LOOP = {
    "cache": True,
    "nogil": True,
    "error_model": "numpy",
    "boundscheck": False,
    # Nothing calls these loops from C; the wrapper for it took a tenth of the time to compile.
    "no_cfunc_wrapper": True,
}

LOOP = dict(_LOOP)
"""Whole steps: floating point as written."""

STEP = dict(_LOOP, forceinline=True)
"""Steps that take many arrays at once and leave the loops to others: inlined, for to hand over
thirty arrays takes as long as a short loop."""

# 'reassoc' is left out: `elementary.exp` rounds by adding and subtracting a large number, which
# reassociation would fold away. So sums keep their order, and the same bits come back whatever
# the vector width of the machine, but for fused multiply-adds ('contract').
VECTOR = dict(_LOOP, fastmath={"nsz", "arcp", "contract"}, inline="never")
"""Small functions on one-dimensional slices. Compiled apart: there LLVM proves that arrays do not
overlap, and vectorises; the same loop inside a large function ran five times slower."""

ELEMENT = dict(_LOOP, fastmath={"nsz", "arcp", "contract"})
"""Functions of one number, without branches, inlined into the loop that calls them."""

REDUCE = dict(_LOOP, fastmath=True, inline="never")
"""Sums over a contiguous axis, whose order LLVM may choose once for the machine."""

PART = dict(_LOOP, inline="always")
"""Parts of one long step, written apart to be read: joined before anything is compiled. As
functions of their own each would be compiled again with all that it calls, for every caller."""
