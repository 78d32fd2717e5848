"""Read one image file as pixels: every format that Pillow decodes by itself, known by its first
bytes.

docs/images.md says how each kind is read; classfolders.py lists the files.
"""

import contextlib
import functools
import io
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hardness.data import filekinds

if TYPE_CHECKING:
    from PIL.Image import Image

MODES = {"rgb": "RGB", "grey": "L"}
BACKGROUND = "white"  # behind transparent pixels, as browsers show them
ORIENTATION = 0x0112  # of EXIF
NOT_BY_PILLOW = ("EPS", "WMF", "MPEG", "BUFR", "GRIB", "HDF5")  # they need other programs
PNG = b"\x89PNG\r\n\x1a\n"
# what pixels depend on, and acTL, which says how many frames there are
PNG_CHUNKS = (b"IHDR", b"PLTE", b"tRNS", b"eXIf", b"acTL", b"IDAT", b"IEND")
STILL = ("MPO", "PSD")  # their further frames are previews, or layers


class NoImageError(ValueError):
    """The bytes of a file are of no image format that is read. kind: the format, where known."""

    def __init__(self, kind: str | None) -> None:
        super().__init__(f"{kind} is not read" if kind else "no image")
        self.kind = kind


class TooLargeError(ValueError):
    """An image has more pixels than may be decoded."""


class Wanted(NamedTuple):
    """How images are to be read.

    shape: (height, width) to which they are resized and cropped, None to keep theirs. mode:
    Pillow's. most: pixels that may be decoded. depth: the bits that are taken of images with more
    than 8 bits a pixel; None leaves such images for later.
    """

    shape: tuple[int, int] | None
    mode: str
    most: float
    depth: int | None = None


class Seen(NamedTuple):
    """What an image file holds.

    pixels: (H, W, C) uint8; None for a deep image that is left for later. largest: the largest
    value of a deep image (grey with more than 8 bits), else None. frames: whether there are further
    frames, which are not read. cut: whether its colors have more than 8 bits, of which only the
    upper 8 are read.
    """

    pixels: np.ndarray | None
    largest: int | None
    frames: bool
    cut: bool


def read(path: Path, wanted: Wanted) -> Seen:
    """Read one image; docs/images.md says how each kind.

    Raises NoImageError, TooLargeError, and whatever Pillow raises on damaged files.
    """
    with open(path, "rb") as file, _any_size():
        opened, deep_colors = _opened(file, path.name)
        with opened:
            # large photographs are decoded at a lower resolution, still 4 times what is needed: 9
            # times as fast
            if wanted.shape:
                opened.draft(None, (4 * max(wanted.shape), 4 * max(wanted.shape)))
            _check_size(opened.size, wanted.most)
            frames = opened.format not in STILL and getattr(opened, "is_animated", False)
            deep_colors = deep_colors or _is_deep_tiff(opened)
            image = _upright(opened)
            if image.mode[0] not in "IF":
                return Seen(_pixels(image, wanted), None, frames, deep_colors)
            values, seen = _checked_values(image)
            largest = int(values.max(where=seen, initial=0))
            pixels = None
            if wanted.depth is not None:
                pixels = _pixels(_shallow(values, seen, wanted.depth), wanted)
            return Seen(pixels, largest, frames, False)


def _pixels(image: "Image", wanted: Wanted) -> np.ndarray:
    """The pixels (H, W, C) uint8 of an image with 8 bits, as wanted."""
    from PIL import Image, ImageOps

    image = _opaque(image).convert(wanted.mode)
    if wanted.shape:
        height, width = wanted.shape
        image = ImageOps.fit(image, (width, height), Image.Resampling.BILINEAR)
    return np.asarray(image).reshape(image.height, image.width, -1)


def depth_of(largest: int) -> int:
    """The bits that values up to `largest` take: 8, 10, 12, 14, 16, or as many as they need."""
    bits = max(largest.bit_length(), 8)
    return bits + bits % 2 if bits < 16 else bits


@contextlib.contextmanager
def _any_size() -> Iterator[None]:
    """Without Pillow's own limit, which judges a file before it is known how it is decoded."""
    from PIL import Image

    before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        yield
    finally:
        Image.MAX_IMAGE_PIXELS = before


def _check_size(size: tuple[int, int], most: float) -> None:
    width, height = size
    if width * height > most:
        raise TooLargeError(
            f"{width}x{height} pixels would be decoded, {width * height / 1e6:.0f} megapixels; "
            f"expected at most {most / 1e6:g}: see most_megapixels"
        )


def _opened(file: io.BufferedReader, name: str) -> tuple["Image", bool]:
    """The image, not decoded yet, and whether it is a PNG of colors with 16 bits."""
    from PIL import Image

    head = file.read(64)
    file.seek(0)
    source: io.BufferedReader | io.BytesIO = file
    cut = False
    if head.startswith(PNG):
        source = io.BytesIO(_needed_of_png(file.read()))
        cut = len(head) > 25 and head[24] == 16 and head[25] != 0
    try:
        return Image.open(source, formats=_formats(filekinds.suffix_of(name))), cut
    except Image.UnidentifiedImageError:
        raise NoImageError(_foreign(head)) from None


@functools.cache
def _formats(suffix: str) -> tuple[str, ...]:
    """Pillow's formats: those known by their first bytes, and the one of the suffix."""
    from PIL import Image

    if filekinds.heic_is_read():
        import pillow_heif

        pillow_heif.register_heif_opener()
    Image.init()
    of_suffix = Image.registered_extensions().get(suffix)
    return tuple(
        name
        for name, (_, accept) in Image.OPEN.items()
        if name not in NOT_BY_PILLOW and (accept is not None or name == of_suffix)
    )


def _foreign(head: bytes) -> str | None:
    """The format that a file's first bytes tell, if it is a known one that is not read."""
    if head[4:8] == b"ftyp" and head[8:12] in (b"heic", b"heix", b"heim", b"heis", b"mif1"):
        return filekinds.HEIC
    if head.startswith((b"\xff\x0a", b"\0\0\0\x0cJXL ")):
        return "JPEG XL"
    return "SVG" if b"<svg" in head else None


def _needed_of_png(content: bytes) -> bytes:
    """A PNG without the chunks that its pixels do not depend on: a damaged profile, or a long text,
    is no reason to refuse it. Of an animation the first frame stays.
    """
    parts, at = [content[:8]], 8
    depth, color = (content[24], content[25]) if len(content) > 25 else (8, 0)
    while at + 8 <= len(content):
        length, kind = struct.unpack(">I4s", content[at : at + 8])
        end = at + 12 + length
        if kind == b"tRNS" and color in (0, 2):
            parts.append(_key_in_8_bits(content[at + 8 : end - 4], depth, color))
        elif kind in PNG_CHUNKS:
            parts.append(content[at:end])
        at = end
    return b"".join(parts)


def _key_in_8_bits(key: bytes, depth: int, color: int) -> bytes:
    """The chunk of a PNG's transparent color, brought to 8 bits as Pillow brings the pixels: those
    of 2 and 4 bits, and colors (not grey) of 16.
    """
    values = struct.unpack(f">{len(key) // 2}H", key[: len(key) // 2 * 2])
    if depth in (2, 4):
        values = tuple(value * 255 // (2**depth - 1) for value in values)
    elif depth == 16 and color == 2:
        values = tuple(value >> 8 for value in values)
    data = b"tRNS" + struct.pack(f">{len(values)}H", *values)
    return struct.pack(">I", len(data) - 4) + data + struct.pack(">I", zlib.crc32(data))


def _is_deep_tiff(image: "Image") -> bool:
    """Whether a TIFF's colors have more than 8 bits, of which Pillow takes the upper 8."""
    bits = getattr(image, "tag_v2", {}).get(258, (8,))
    return image.format == "TIFF" and max(bits) > 8 and len(bits) > 1


def _upright(image: "Image") -> "Image":
    """The decoded image, turned as its EXIF orientation says. Nothing else of EXIF is read: an odd
    tag is no reason to refuse an image.
    """
    from PIL.Image import Transpose

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    image.load()
    try:
        turn = turns.get(image.getexif().get(ORIENTATION, 1))
    except Exception:  # on damaged tags Pillow raises whatever it meets
        turn = None
    return image if turn is None else image.transpose(turn)


def _checked_values(image: "Image") -> tuple[np.ndarray, np.ndarray]:
    """The values of a deep image, and which of its pixels are not transparent. Raises ValueError if
    they cannot be brought to 8 bits.
    """
    if image.mode == "F":
        raise ValueError(
            "its pixels are floating-point numbers, whose range no file states: save it with 8 or "
            "16 bits"
        )
    values = np.asarray(image)
    if values.min() < 0:
        raise ValueError(f"it has pixels below 0, such as {values.min()}: save it with 8 bits")
    return values, values != image.info.get("transparency", -1)


def _shallow(values: np.ndarray, seen: np.ndarray, depth: int) -> "Image":
    """The upper 8 of `depth` bits as an image of grey; transparent pixels are white."""
    from PIL import Image

    grey = np.minimum(values, 2**depth - 1) >> (depth - 8)
    return Image.fromarray(np.where(seen, grey, 255).astype(np.uint8))


def _opaque(image: "Image") -> "Image":
    """The image on a white background, where it is transparent."""
    from PIL import Image

    if not image.has_transparency_data:
        return image
    background = Image.new("RGBA", image.size, BACKGROUND)
    return Image.alpha_composite(background, image.convert("RGBA"))
