"""Write zip files whose bytes depend only on their contents (and on the version of zlib)."""

import stat
import zipfile

FIRST_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip file can store


def add(target: zipfile.ZipFile, name: str, content: bytes) -> None:
    """Add a file to a zip file that is open for writing."""
    info = zipfile.ZipInfo(name, FIRST_DATE)
    # the same on every machine
    info.create_system, info.external_attr = 3, (stat.S_IFREG | 0o644) << 16
    target.writestr(info, content, zipfile.ZIP_DEFLATED)
