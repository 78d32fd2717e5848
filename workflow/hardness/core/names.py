"""What to say of a name that is not there, and what a name says."""

import difflib
import re
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str:
    """ "did you mean 'aum'?", or the list of the known names where none is near."""
    known = list(known)
    near = difflib.get_close_matches(str(name), known, n=3, cutoff=0.6)
    if near:
        return f"did you mean {' or '.join(map(repr, near))}?"
    return f"known are {', '.join(known)}" if known else "none is known"


def set_suffix(name: str) -> str:
    """What the name of a resampled set says beyond strategy and setting: "el2n-m4", or nothing."""
    return re.fullmatch(r"resample-.+?-[ar]\d+(?:\.\d+)?(?:e[+-]?\d+)?(?:-(.+))?", name)[1] or ""


def suffix_label(name: str) -> str:
    """The same as a label: " (el2n, m4)", or nothing."""
    suffix = set_suffix(name)
    return f" ({suffix.replace('-m', ', m')})" if suffix else ""
