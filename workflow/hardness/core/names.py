"""Suggestions for unknown names."""

import difflib
from collections.abc import Iterable

MOST = 20  # names that a message lists; if there are more, the first and the last ones


def nearest(name: str, known: Iterable[str]) -> str:
    """ "did you mean 'aum'?", or the list of the known names where none is near.

    >>> nearest("auc", ["aum", "el2n"])
    "did you mean 'aum'?"
    >>> nearest("zzz", ["aum", "el2n"])
    'known are aum, el2n'
    """
    known = list(known)
    near = difflib.get_close_matches(str(name), known, n=3, cutoff=0.6)
    if near:
        return f"did you mean {' or '.join(map(repr, near))}?"
    if len(known) > MOST:
        ends = ", ".join([*known[: MOST // 2], "...", *known[-MOST // 2 :]])
        return f"known are {ends} ({len(known)} in all)"
    return f"known are {', '.join(known)}" if known else "none is known"
