"""What a file is by its name: an image, one of a format that is not read, or none at all.

No file is opened here. A file whose name tells nothing is looked into by imagefiles.py.
"""

import functools
import importlib.util
import os
import unicodedata

# Files and folders that systems and programs make, and that are no user's images. They are skipped,
# like every name that begins with a dot (.DS_Store, .ipynb_checkpoints, ._photo.jpg, .Trash-1000)
MADE_BY_SYSTEMS = frozenset((
    "thumbs.db", "ehthumbs.db", "desktop.ini", "$recycle.bin", "recycler", "found.000",
    "system volume information",  # Windows
    "__macosx", "icon\r", "network trash folder", "temporary items",  # macOS
    "lost+found",  # Linux
    "@eadir", "#recycle", "#snapshot", "@recycle", "@recently-snapshot", "@tmp", "~snapshot",  # NAS
    "__pycache__", "cvs",
))  # fmt: skip

IMAGES = frozenset((
    ".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".jif", ".mpo", ".webp", ".avif", ".avifs",
    ".tif", ".tiff", ".bmp", ".dib", ".gif", ".jp2", ".j2k", ".jpc", ".jpf", ".jpx", ".j2c",
    ".pbm", ".pgm", ".ppm", ".pnm", ".pfm", ".ico", ".icns", ".cur", ".tga", ".icb", ".vda", ".vst",
    ".pcx", ".dcx", ".dds", ".psd", ".qoi", ".sgi", ".rgb", ".rgba", ".bw", ".ras", ".fits", ".fit",
    ".im", ".msp", ".pcd", ".pxr", ".xbm", ".xpm", ".fli", ".flc", ".blp", ".ftc", ".ftu", ".gbr",
))  # fmt: skip

HEIC, RAW = "HEIC", "camera raw"
# known by their names: a raw file also holds a thumbnail, which would be read for the photograph
NOT_READ = {
    ".heic": HEIC, ".heif": HEIC, ".hif": HEIC, ".jxl": "JPEG XL", ".svg": "SVG", ".svgz": "SVG",
    ".eps": "EPS", ".ps": "EPS", ".ai": "EPS", ".wmf": "WMF", ".emf": "WMF", ".dcm": "DICOM",
    ".xcf": "GIMP",
    **dict.fromkeys((
        ".3fr", ".arw", ".cr2", ".cr3", ".crw", ".dcr", ".dng", ".erf", ".iiq", ".kdc", ".mef",
        ".mrw", ".nef", ".nrw", ".orf", ".pef", ".raf", ".raw", ".rw2", ".rwl", ".sr2", ".srf",
        ".srw", ".x3f",
    ), RAW),
}  # fmt: skip

NO_IMAGES = frozenset((
    ".txt", ".md", ".rst", ".html", ".htm", ".pdf", ".doc", ".docx", ".odt", ".rtf", ".csv", ".tsv",
    ".xls", ".xlsx", ".ods", ".json", ".jsonl", ".xml", ".yaml", ".yml", ".toml", ".ini", ".cfg",
    ".log", ".db", ".sqlite", ".py", ".ipynb", ".sh", ".bat", ".m", ".r", ".npy", ".npz", ".mat",
    ".pkl", ".pt", ".pth", ".onnx", ".h5", ".hdf5", ".parquet", ".zip", ".tar", ".gz", ".tgz",
    ".7z", ".rar", ".bz2", ".xz", ".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg",
    ".mp3", ".wav", ".xmp", ".aae", ".lnk", ".url", ".sha256", ".md5", ".tmp", ".part",
    ".crdownload",
))  # fmt: skip


def passed_over(name: str) -> bool:
    """Whether a file or folder is hidden, or one that a system makes."""
    return name.startswith(".") or name.casefold() in MADE_BY_SYSTEMS


def suffix_of(name: str) -> str:
    """The end of a file's name from its last dot on, in lower case; "" without one."""
    return os.path.splitext(name)[1].lower()


def is_image(name: str) -> bool:
    """Whether the name is an image's, in a format that is read or not."""
    return suffix_of(name) in IMAGES or suffix_of(name) in NOT_READ


def is_tried(name: str) -> bool:
    """Whether the file is opened: its name is that of an image to be read, or tells nothing."""
    return suffix_of(name) not in NO_IMAGES and format_not_read(name) is None


def format_not_read(name: str) -> str | None:
    """The image format that a name tells, if it is one that is not read; else None."""
    found = NOT_READ.get(suffix_of(name))
    return None if found == HEIC and heic_is_read() else found


@functools.cache
def heic_is_read() -> bool:
    """Whether the package pillow-heif is installed, by which Pillow reads HEIC."""
    return importlib.util.find_spec("pillow_heif") is not None


def composed(name: str) -> str:
    """The name in Unicode's composed form (NFC), which is the same whatever system wrote it."""
    return unicodedata.normalize("NFC", name)
