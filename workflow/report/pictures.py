"""The pictures of samples in the report, and links to their files."""

import base64
import io
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import numpy as np

from hardness.core import artifacts
from report.words import named

FEW_PIXELS = 16  # images up to this side are shown pixel by pixel


class Tile(NamedTuple):
    """A sample. src: the data URL of its picture, if it has one; alt: its description; lines: text
    below it.
    """

    src: str | None
    alt: str
    lines: Sequence[str]
    link: str | None


class Samples:
    """The pictures of samples, and links to their files.

    pictures: part, index and images of figures/pictures.npz, or empty; source: the folder of the
    image files, or None; folder: where the report lies.
    """

    def __init__(
        self, pictures: Mapping[str, np.ndarray], source: str | None, folder: Path | str
    ) -> None:
        keys = zip(pictures.get("part", ()), pictures.get("index", ()), strict=True)
        self._images = {
            (str(part), int(index)): image
            for (part, index), image in zip(keys, pictures.get("images", ()), strict=True)
        }
        self._source, self._folder = source, folder
        sides = [max(image.shape[:2]) for image in self._images.values()]
        self.pixels = max(sides, default=0) <= FEW_PIXELS

    @classmethod
    def load(cls, path: str | None, source: str | None, folder: Path | str) -> "Samples":
        """Load pictures. path: of figures/pictures.npz, or None; if it cannot be read, there are no
        pictures.
        """
        try:
            pictures = artifacts.load_npz(path) if path else {}
        except (FileNotFoundError, artifacts.DamagedError):
            pictures = {}
        return cls(pictures, source, folder)

    def link(self, file: object) -> str | None:
        """Return a sample's file relative to the report, URL-quoted; None if it has none."""
        if self._source is None or not isinstance(file, str):
            return None
        path = Path(self._source).expanduser() / file
        return quote(Path(os.path.relpath(path, self._folder)).as_posix())

    def src(self, part: str, index: float) -> str | None:
        """Return the picture as a data URL; None if there is none."""
        image = self._images.get((part, int(index))) if np.isfinite(index) else None
        return None if image is None else png(image)

    def tile(self, part: str, row: Any, *lines: str) -> Tile:
        """Return a sample's picture, if there is one, with its file's name, or its number, and more
        lines. row: with index_, name and file.
        """
        called, src = named(part, row.index_, row.file), self.src(part, row.index_)
        return Tile(src, f"{row.name}: {called}", (called, *lines), self.link(row.file))


def png(image: np.ndarray) -> str:
    """Return an image (H, W, C) uint8 as a data URL."""
    from PIL import Image

    content = io.BytesIO()
    plain = image[..., 0] if image.shape[-1] == 1 else image
    Image.fromarray(plain).save(content, "png", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(content.getvalue()).decode()}"
