"""The words of the report's sentences: counts, shares, intervals, lists, and names of samples."""

from collections.abc import Callable, Sequence

import numpy as np

NAMED = 5  # classes, files and samples that a sentence lists


def count(number: float, what: str) -> str:
    """Return for example "1 sample", "1,234 samples", "2 classes"."""
    plural = what if number == 1 else f"{what}es" if what.endswith("s") else f"{what}s"
    return f"{number:,.0f} {plural}"


def percent(share: float, digits: int = 0) -> str:
    return f"{100 * share:.{digits}f}%"


def points(change: float) -> str:
    """Format a fraction in percentage points, such as "+1.2"."""
    return f"{100 * change + 0.0:+.1f}".replace("-", "\N{MINUS SIGN}")


def between(low: float, high: float, write: Callable[[float], str] = percent) -> str:
    """Return for example " (95% interval 77% to 84%)"; empty if a bound is missing."""
    known = np.isfinite(low) and np.isfinite(high)
    return f" (95% interval {write(low)} to {write(high)})" if known else ""


def listed(names: Sequence[object], most: int = NAMED) -> str:
    """Join names: "a, b and c"; "a, b and 7 more"."""
    texts = [str(name) for name in names]
    if len(texts) > most:
        texts = [*texts[:most], f"{len(texts) - most} more"]
    return " and ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)


def named(part: str, index: float, file: object) -> str:
    """Return a sample's file, or its part and number if it has none."""
    return file if isinstance(file, str) else f"{part} sample {index:.0f}"
