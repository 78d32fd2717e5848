"""Find fonts of the machine for letters that matplotlib's own font lacks."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

OWN = "DejaVu Sans"  # comes with matplotlib: a figure looks the same everywhere
COVERED = 0x0500  # below: Latin, Greek, Cyrillic, all of which it has


def fall_back(figure: "Figure") -> str:
    """Let the figure's texts also use fonts of the machine, where their own font lacks letters.

    Returns the letters that no font has.
    """
    from matplotlib.text import Text

    texts = [text for text in figure.findobj(Text) if _foreign(text.get_text())]
    families, without = families_for(text.get_text() for text in texts)
    for text in texts if families else ():
        text.set_fontfamily([OWN, *families])
    return without


def families_for(texts: Iterable[str]) -> tuple[list[str], str]:
    """The fonts of the machine that the texts need beside OWN; and the letters that no font has."""
    if not (wanted := {letter for text in texts for letter in _foreign(text)}):
        return [], ""
    from matplotlib import font_manager

    own = font_manager.findfont(OWN, fallback_to_default=False)
    missing, families = wanted - _letters(own), []
    # the machine is searched, because matplotlib's list may be older than a newly installed font
    for path in sorted(font_manager.findSystemFonts()) if missing else []:
        if Path(path).name.startswith("LastResort"):  # has a box for every letter
            continue
        if found := missing & _letters(path):
            font_manager.fontManager.addfont(path)
            families.append(font_manager.get_font(path).family_name)
            missing -= found
        if not missing:
            break
    return families, "".join(sorted(missing))


def advice(letters: str) -> str:
    """What to do about letters that no font has."""
    return (
        f"no font of this machine has the letters {letters}: figures show boxes for them. Install "
        "a font that has them (on Debian the package fonts-noto-cjk, for Chinese, Japanese and "
        "Korean), then draw again by make study ARGS='--forcerun draw_figure'"
    )


def _foreign(text: str) -> set[str]:
    return {letter for letter in text if ord(letter) >= COVERED and letter.isprintable()}


def _letters(path: str) -> set[str]:
    """The letters that a font file has; none if it cannot be read."""
    from matplotlib import font_manager

    try:
        return {chr(code) for code in font_manager.get_font(path).get_charmap()}
    except (RuntimeError, OSError, ValueError):
        return set()
