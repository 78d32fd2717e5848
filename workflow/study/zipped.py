"""Zip files that are the same bytes from the same contents (and the same zlib)."""

import stat
import zipfile

FIRST_DATE = (1980, 1, 1, 0, 0, 0)  # of a zip file


def add(target: zipfile.ZipFile, name: str, content: bytes) -> None:
    """Put a file into a zip that is being written."""
    info = zipfile.ZipInfo(name, FIRST_DATE)
    # the same on every machine
    info.create_system, info.external_attr = 3, (stat.S_IFREG | 0o644) << 16
    target.writestr(info, content, zipfile.ZIP_DEFLATED)
