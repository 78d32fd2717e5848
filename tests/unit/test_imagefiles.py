"""Image files of every format, mode, depth and transparency are read by their pixels; nothing that
the pixels do not depend on makes a file unreadable.
"""

import io
import struct
import sys
import types
import zlib
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin

from hardness.data import filekinds, imagefiles

ANY = imagefiles.Wanted(None, "RGB", 1e8)
WHITE = (255, 255, 255)
# in blocks of 8 pixels, of few colors: for formats that compress, and for palettes
PICTURE = np.kron(
    np.random.default_rng(3).integers(0, 256, (4, 6, 3)), np.ones((8, 8, 1), int)
).astype(np.uint8)


def saved(path, image, **options):
    image = Image.fromarray(image) if isinstance(image, np.ndarray) else image
    image.save(path, **options)
    return path


def written(path, content):
    path.write_bytes(content)
    return path


def pixels(path, **changes):
    return imagefiles.read(path, ANY._replace(**changes)).pixels


# Formats and modes


FORMATS = {  # an extension, and the modes that the format stores without loss
    ".png": "1 L LA P RGB RGBA", ".webp": "RGB RGBA", ".tif": "1 L LA P RGB RGBA CMYK",
    ".bmp": "1 L P RGB RGBA", ".dib": "1 L P RGB", ".gif": "1 L P", ".jp2": "L LA RGB RGBA",
    ".ppm": "1 L RGB RGBA", ".pcx": "1 L P RGB", ".tga": "1 L LA P RGB RGBA", ".dds": "L LA RGB",
    ".sgi": "L RGB RGBA", ".qoi": "RGB RGBA", ".im": "1 L LA P RGB RGBA", ".msp": "1", ".xbm": "1",
    ".blp": "P",
}  # fmt: skip


@pytest.mark.parametrize(
    ("extension", "mode"),
    [(name, mode) for name, modes in FORMATS.items() for mode in modes.split()],
)
def test_every_format_that_pillow_reads_and_writes_is_read(tmp_path, extension, mode):
    image = Image.fromarray(PICTURE)
    image = image.quantize(16) if mode == "P" else image.convert(mode)
    options = {"lossless": True} if extension == ".webp" else {}
    path = saved(tmp_path / f"a{extension}", image, **options)
    np.testing.assert_array_equal(pixels(path), np.asarray(image.convert("RGB")))
    grey = np.asarray(image.convert("RGB").convert("L"))[..., None]
    assert np.abs(pixels(path, mode="L").astype(int) - grey).max() <= 1


@pytest.mark.parametrize("extension", [".jpg", ".avif"])
def test_formats_with_loss_are_read(tmp_path, extension):
    smooth = Image.fromarray(PICTURE).convert("L").resize((48, 32), box=(0, 0, 8, 8))
    found = pixels(saved(tmp_path / f"a{extension}", smooth, quality=95))
    assert np.abs(found.astype(int) - np.asarray(smooth)[..., None]).max() <= 3


@pytest.mark.parametrize("name", ["a", "a.jpg", "a.img", "A.B C", "a.JPG_original"])
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP", "GIF", "WEBP", "QOI"])
def test_the_content_tells_the_format_whatever_the_name(tmp_path, name, kind):
    path = saved(tmp_path / name, PICTURE[:8, :8], format=kind)
    assert np.abs(pixels(path).astype(int) - PICTURE[:8, :8]).max() <= (9 if kind == "WEBP" else 0)
    assert filekinds.is_tried(name)


@settings(deadline=None, max_examples=60)
@given(st.binary(min_size=1, max_size=200))
def test_bytes_of_no_format_are_no_image(tmp_path_factory, content):
    """TGA and others have no mark of their own: they are tried by their suffix alone. SVG is found
    wherever it begins.
    """
    path = written(tmp_path_factory.mktemp("bytes") / "a.jpg", b"\x01\x02" + content)
    with pytest.raises(imagefiles.NoImageError, match="^no image$|^SVG is not read$"):
        pixels(path)


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
        (b"\xff\x0a\x00\x00", "JPEG XL"),
        (b'<?xml version="1.0"?><svg xmlns=""/>', "SVG"),
        (b"Contents\n", None),
    ],
)
def test_formats_that_are_not_read_are_told_by_their_content(tmp_path, head, kind):
    with pytest.raises(imagefiles.NoImageError) as error:
        pixels(written(tmp_path / "a.jpg", head + b"\0" * 40))
    assert error.value.kind == kind


def test_heic_is_read_where_its_package_is_installed(tmp_path, monkeypatch):
    """By a stand-in for the package pillow-heif, which reads the bytes heic as one red pixel."""
    assert filekinds.format_not_read("IMG.HEIC") == "HEIC" and not filekinds.is_tried("IMG.HEIC")

    class Heic(Image.Image):
        format = "HEIF"

    def factory(file, name):
        return Image.new("RGB", (1, 1), (255, 0, 0))

    plugin = types.ModuleType("pillow_heif")
    plugin.__spec__ = types.SimpleNamespace()
    plugin.register_heif_opener = lambda: Image.register_open(
        "HEIF", factory, lambda head: head[4:12] == b"ftypheic"
    )
    monkeypatch.setitem(sys.modules, "pillow_heif", plugin)
    monkeypatch.setattr(Image, "OPEN", dict(Image.OPEN))
    monkeypatch.setattr(Image, "ID", list(Image.ID))
    for cached in (filekinds.heic_is_read, imagefiles._formats):
        cached.cache_clear()
    try:
        assert filekinds.is_tried("IMG.HEIC") and filekinds.format_not_read("IMG.HEIC") is None
        path = written(tmp_path / "IMG.HEIC", b"\0\0\0\x18ftypheic")
        assert pixels(path).tolist() == [[[255, 0, 0]]]
    finally:
        monkeypatch.undo()
        for cached in (filekinds.heic_is_read, imagefiles._formats):
            cached.cache_clear()


# PNG: every type, depth and transparency


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, depth, color, line, *extra):
    """A PNG of one row; color: its type; extra: further chunks (kind, data)."""
    header = struct.pack(">IIBBBBB", width, 1, depth, color, 0, 0, 0)
    return b"".join([
        b"\x89PNG\r\n\x1a\n", chunk(b"IHDR", header), *(chunk(*one) for one in extra),
        chunk(b"IDAT", zlib.compress(b"\0" + line)), chunk(b"IEND", b""),
    ])  # fmt: skip


def packed(values, depth):
    bits = "".join(f"{value:0{depth}b}" for value in values)
    return int(bits.ljust(-len(bits) // 8 * -8, "0"), 2).to_bytes(-(-len(bits) // 8), "big")


@pytest.mark.parametrize("depth", [1, 2, 4, 8])
@pytest.mark.parametrize("keyed", [False, True])
def test_grey_png_of_every_depth_with_and_without_a_transparent_value(tmp_path, depth, keyed):
    most = 2**depth - 1
    values = [0, most, most // 2, 1]
    key = [(b"tRNS", struct.pack(">H", most // 2))] if keyed else []
    path = written(tmp_path / "a.png", png(4, depth, 0, packed(values, depth), *key))
    expected = [255 if keyed and v == most // 2 else v * 255 // most for v in values]
    assert pixels(path)[0].tolist() == [[v] * 3 for v in expected]


@pytest.mark.parametrize("depth", [1, 2, 4, 8])
@pytest.mark.parametrize("alphas", [None, [0], [255, 0], [51, 255], [255, 255]])
def test_palette_png_of_every_depth_with_every_kind_of_transparency(tmp_path, depth, alphas):
    colors, values = [(10, 20, 30), (200, 100, 0)], [0, 1, 1, 0]
    extra = [(b"PLTE", bytes(sum(colors, ())))]
    extra += [(b"tRNS", bytes(alphas))] if alphas else []
    path = written(tmp_path / "a.png", png(4, depth, 3, packed(values, depth), *extra))
    opacity = [*(alphas or []), 255, 255]
    expected = [
        [(c * opacity[v] + 255 * (255 - opacity[v])) / 255 for c in colors[v]] for v in values
    ]
    assert np.abs(pixels(path)[0] - np.array(expected)).max() <= 1


@pytest.mark.parametrize(("depth", "keyed"), product([8, 16], [False, True]))
def test_colored_png_with_and_without_a_transparent_color(tmp_path, depth, keyed):
    colors = [(200, 100, 50), (1, 2, 3)]
    scale, code = (1, "B") if depth == 8 else (257, "H")
    line = struct.pack(f">6{code}", *(scale * c for color in colors for c in color))
    key = [(b"tRNS", struct.pack(">3H", *(scale * c for c in colors[0])))] if keyed else []
    path = written(tmp_path / "a.png", png(2, depth, 2, line, *key))
    assert pixels(path)[0].tolist() == [list(WHITE if keyed else colors[0]), list(colors[1])]
    assert imagefiles.read(path, ANY).cut == (depth == 16)


@pytest.mark.parametrize(("depth", "color"), product([8, 16], [4, 6]))
def test_png_with_an_alpha_channel_lies_on_white(tmp_path, depth, color):
    values = [(100,) * (color // 2 - 1 if color == 4 else 3) + (a,) for a in (255, 51, 0)]
    scale, code = (1, "B") if depth == 8 else (257, "H")
    flat = [scale * v for value in values for v in value]
    path = written(
        tmp_path / "a.png", png(3, depth, color, struct.pack(f">{len(flat)}{code}", *flat))
    )
    assert np.abs(pixels(path)[0] - [[100] * 3, [224] * 3, [255] * 3]).max() <= 1


def deep(path, values, *key):
    extra = [(b"tRNS", struct.pack(">H", *key))] if key else []
    line = struct.pack(f">{len(values)}H", *values)
    return written(path, png(len(values), 16, 0, line, *extra))


def test_grey_of_16_bits_is_read_by_as_many_bits_as_are_wanted(tmp_path):
    path = deep(tmp_path / "a.png", [0, 255, 256, 4095, 65535], 65535)
    seen = imagefiles.read(path, ANY)
    assert seen.pixels is None and seen.largest == 4095  # 65535 is transparent
    for depth, expected in ((8, [0, 255, 255, 255]), (12, [0, 15, 16, 255]), (16, [0, 0, 1, 15])):
        found = imagefiles.read(path, ANY._replace(depth=depth)).pixels[0, :, 0]
        assert found.tolist() == [*expected, 255]


@pytest.mark.parametrize(
    ("largest", "bits"),
    [(0, 8), (255, 8), (256, 10), (1023, 10), (4095, 12), (4096, 14), (16384, 16), (65535, 16),
     (65536, 17), (2**31 - 1, 31)],
)  # fmt: skip
def test_the_bits_that_values_take(largest, bits):
    assert imagefiles.depth_of(largest) == bits and largest < 2**bits


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (np.array([[0.5, 1.5]], np.float32), "floating-point numbers, whose range no file states"),
        (np.array([[-5, 7]], np.int32), "pixels below 0, such as -5"),
    ],
)
def test_values_without_a_known_range_are_not_guessed(tmp_path, values, said):
    with pytest.raises(ValueError, match=said):
        pixels(saved(tmp_path / "a.tif", values))


def tiff(values, *more):
    """A TIFF of colors with 16 bits, uncompressed. values: (H, W, 3); more: tags (tag, type, count,
    value).
    """
    height, width, _ = values.shape
    data = values.astype("<u2").tobytes()
    tags = [(256, 3, 1, width), (257, 3, 1, height), (258, 3, 3, 8 + len(data)), (259, 3, 1, 1),
            (262, 3, 1, 2), (273, 4, 1, 8), (277, 3, 1, 3), (278, 3, 1, height),
            (279, 4, 1, len(data))]  # fmt: skip
    tags = sorted([*tags, *more])
    entries = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    header = b"II*\0" + struct.pack("<I", 8 + len(data) + 6)
    bits = struct.pack("<3H", 16, 16, 16)
    return header + data + bits + struct.pack("<H", len(tags)) + entries + b"\0" * 4


def test_of_colors_with_16_bits_the_upper_8_are_read_and_it_is_said(tmp_path):
    values = PICTURE[:8, :8].astype(int) * 257
    seen = imagefiles.read(written(tmp_path / "a.tif", tiff(values)), ANY)
    np.testing.assert_array_equal(seen.pixels, PICTURE[:8, :8])
    assert seen.cut and not imagefiles.read(saved(tmp_path / "b.tif", PICTURE), ANY).cut


# What pixels do not depend on


def srgb():
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


ODD_CHUNKS = {
    "long text": (b"zTXt", b"Comment\0\0" + zlib.compress(b"x" * 10_000_000)),
    "much text": (b"tEXt", b"Comment\0" + b"x" * 70_000_000),
    "a broken profile": (b"iCCP", b"sRGB\0\0" + b"no zlib"),
    "a profile in an unknown way": (b"iCCP", b"sRGB\0\x07" + b"x"),
    "a large profile": (b"iCCP", b"sRGB\0\0" + zlib.compress(b"\0" * 5_000_000)),
    "a short gamma": (b"gAMA", b"\0"),
    "a short time": (b"tIME", b""),
    "broken EXIF": (b"eXIf", b"II*\0\x08\0\0\0\xff\xff\x12\x01"),
    "an unknown chunk": (b"abCd", b"?"),
    "text in the name of EXIF": (b"tEXt", b"exif\0no exif"),
}


@pytest.mark.parametrize("name", ODD_CHUNKS)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_no_chunk_beside_the_pixels_makes_a_png_unreadable(tmp_path, name):
    path = written(tmp_path / "a.png", png(2, 8, 2, bytes([1, 2, 3, 4, 5, 6]), ODD_CHUNKS[name]))
    assert pixels(path).tolist() == [[[1, 2, 3], [4, 5, 6]]]


def test_a_wrong_checksum_of_a_text_is_no_damage(tmp_path):
    content = png(1, 8, 2, bytes([1, 2, 3]), (b"tEXt", b"Title\0cat")).replace(b"cat", b"dog")
    with pytest.raises(Image.UnidentifiedImageError):
        Image.open(io.BytesIO(content))
    assert pixels(written(tmp_path / "a.png", content)).tolist() == [[[1, 2, 3]]]


@pytest.mark.parametrize("profile", ["srgb", "broken"])
@pytest.mark.parametrize("extension", [".png", ".jpg", ".webp", ".tif"])
def test_color_profiles_are_not_applied(tmp_path, extension, profile):
    options = {"quality": 95} if extension == ".jpg" else {}
    plain = saved(tmp_path / f"a{extension}", PICTURE, **options)
    content = srgb() if profile == "srgb" else b"no profile"
    other = saved(tmp_path / f"b{extension}", PICTURE, icc_profile=content, **options)
    np.testing.assert_array_equal(pixels(plain), pixels(other))


def exif(*tags):
    """An EXIF block of tags (tag, type, count, value), as a camera writes it."""
    body, tail = b"", b""
    for tag, kind, count, value in tags:
        place = struct.pack("<I", 8 + 2 + 12 * len(tags) + 4 + len(tail))
        long = len(value) > 4
        body += struct.pack("<HHI", tag, kind, count) + (place if long else value.ljust(4, b"\0"))
        tail += value if long else b""
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + body + b"\0" * 4 + tail


SIX = (0x0112, 3, 1, struct.pack("<H", 6))  # shown rotated to the right
ODD_TAGS = {
    "none": (),
    "a unit as text": ((0x0128, 2, 2, b"2\0"),),
    "a resolution of -1/0": ((0x011A, 10, 1, struct.pack("<ii", -1, 0)),),
    "a date of no text": ((0x0132, 7, 4, b"\xff\xfe\0\1"),),
    "a place that is not there": ((0x8769, 4, 1, struct.pack("<I", 99999)),),
    "an unknown type": ((0x9999, 77, 1, b"\1"),),
    "a count beyond the end": ((0x010F, 2, 60000, b"camera"),),
    "a ring of directories": ((0x8769, 4, 1, struct.pack("<I", 8)),),
}


@pytest.mark.parametrize("name", ODD_TAGS)
@pytest.mark.parametrize("extension", [".jpg", ".png", ".webp"])
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_of_exif_the_orientation_is_read_and_nothing_else_matters(tmp_path, extension, name):
    block = exif(SIX, *ODD_TAGS[name])
    path = tmp_path / f"a{extension}"
    if extension == ".png":
        line = PICTURE[0].tobytes()
        written(path, png(48, 8, 2, line, (b"eXIf", block)))
        expected = np.rot90(PICTURE[:1], -1)
    else:
        options = {"quality": 95, "subsampling": 0} if extension == ".jpg" else {"lossless": True}
        saved(path, PICTURE, exif=b"Exif\0\0" + block, **options)
        expected = np.rot90(PICTURE, -1)
    found = pixels(path)
    assert found.shape == expected.shape
    assert np.abs(found.astype(int) - expected).max() <= (12 if extension == ".jpg" else 0)


@pytest.mark.parametrize(
    "odd",
    [
        (),
        ((296, 2, 2, ord("2")),),  # a unit as text
        ((282, 10, 1, 8),),  # a resolution with a sign, out of the pixels
        ((306, 7, 4, 0x0100FEFF),),  # a date of no text
        ((34665, 4, 1, 99999),),  # a place that is not there
        ((40000, 77, 1, 1),),  # an unknown type
    ],
)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_tiff_is_turned_as_its_tags_say_and_nothing_else_matters(tmp_path, odd):
    content = tiff(PICTURE.astype(int) * 257, (274, 3, 1, 6), *odd)
    found = pixels(written(tmp_path / "a.tif", content))
    np.testing.assert_array_equal(found, np.rot90(PICTURE, -1))


# Large images, and those of several frames


def test_an_image_is_judged_by_the_size_at_which_it_is_decoded(tmp_path):
    """1600x1200 as a JPEG is decoded at 200x150 for 32 pixels; a PNG is decoded whole."""
    large = Image.new("RGB", (1600, 1200), (220, 30, 10))
    wanted = {"shape": (32, 32), "most": 50_000}
    found = pixels(saved(tmp_path / "a.jpg", large), **wanted)
    assert found.shape == (32, 32, 3) and np.abs(found.astype(int) - [220, 30, 10]).max() <= 2
    for path in (tmp_path / "a.png", tmp_path / "b.jpg"):
        size = wanted if path.suffix == ".png" else wanted | {"shape": None}
        with pytest.raises(imagefiles.TooLargeError, match=r"1600x1200 pixels .* 2 megapixels"):
            pixels(saved(path, large), **size)


def test_a_file_that_claims_to_be_huge_is_not_decoded(tmp_path):
    content = bytearray(png(1, 8, 2, b"\0" * 3))
    content[16:24] = struct.pack(">II", 60000, 60000)
    content[29:33] = struct.pack(">I", zlib.crc32(bytes(content[12:29])))
    path = written(tmp_path / "a.png", bytes(content))
    with pytest.raises(imagefiles.TooLargeError, match="3600 megapixels"):
        pixels(path)
    assert Image.MAX_IMAGE_PIXELS is not None  # Pillow's own limit is back


@pytest.mark.parametrize("extension", [".gif", ".webp", ".png", ".tif", ".avif"])
def test_of_several_frames_the_first_is_read_and_it_is_said(tmp_path, extension):
    frames = [Image.new("RGB", (8, 8), color) for color in ((250, 0, 0), (0, 250, 0))]
    options = {"save_all": True, "append_images": frames[1:]}
    several = imagefiles.read(saved(tmp_path / f"a{extension}", frames[0], **options), ANY)
    one = imagefiles.read(saved(tmp_path / f"b{extension}", frames[0]), ANY)
    for seen in (several, one):
        assert np.abs(seen.pixels.astype(int) - [250, 0, 0]).max() <= 6
    assert several.frames and not one.frames


def test_a_photograph_with_a_preview_has_no_further_frames(tmp_path):
    first, preview = Image.new("RGB", (16, 16), (9, 9, 9)), Image.new("RGB", (4, 4))
    path = saved(tmp_path / "a.jpg", first, format="MPO", save_all=True, append_images=[preview])
    seen = imagefiles.read(path, ANY)
    assert not seen.frames and seen.pixels.shape == (16, 16, 3)


def test_text_in_a_png_is_still_read_by_pillow():
    """The texts above are ones that Pillow refuses, or this test would show nothing."""
    content = png(2, 8, 2, bytes(6), ODD_CHUNKS["long text"])
    with pytest.raises(ValueError, match="Decompressed data too large"):
        Image.open(io.BytesIO(content)).load()
    assert PngImagePlugin.MAX_TEXT_CHUNK < 10_000_000
