"""Which image files a folder holds, and by what a change of them is noticed.

A folder holds a folder for each class, or train/ and test/ with a folder for each class. What is
in the files is read in imagefolder.py.
"""

import hashlib
import os
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

EXTENSIONS = (".png", ".jpg", ".jpeg", ".jfif", ".webp")
HIDDEN = ("Thumbs.db", "desktop.ini", "__MACOSX")  # passed over, as is all that begins with a dot
PARTS = ("train", "test")
SPLIT = 401  # random stream id of the split into training and test images
NAMED = 20  # names in a message
EXPECTED = "expected a folder for each class, or train/ and test/ with a folder for each class"


class File(NamedTuple):
    """An image file: its path below the data set's folder, and its class's number."""

    path: str
    label: int


class Listing(NamedTuple):
    """The images in a folder.

    parts: "train/" and "test/", as they are spelled there, or just "": for each class its files.
    others: how many files and folders of each sort are not read.
    """

    class_names: list[str]
    parts: dict[str, list[list[File]]]
    others: Counter[str]

    def files(self) -> Iterator[File]:
        return (file for part in self.parts.values() for members in part for file in members)


class State(NamedTuple):
    """A digest of the image files, and those of them that are links to what cannot be found."""

    digest: str
    lost: list[str]


def listed(root: Path) -> Listing:
    """List the images in a folder; no file is opened.

    Classes, and the images of a class, are in the order of their names, character by character.
    Raises OSError if the folder, or what belongs into it, is not there or may not be looked at;
    ValueError if it is laid out otherwise.
    """
    if not root.is_dir():
        wrong = "is not a folder" if root.exists() else "does not exist"
        raise NotADirectoryError(
            f"{root} {wrong}; {EXPECTED}: correct the path in the data set's source"
        )
    others: Counter[str] = Counter()
    trees = _trees(root, others)
    class_names = _checked_classes(root, trees, others)
    _check_each_once(root, trees)
    parts = {
        part: [
            [File(f"{part}{name}/{file}", label) for file in tree[name]]
            for label, name in enumerate(class_names)
        ]
        for part, tree in trees.items()
    }
    return Listing(class_names, parts, others)


def state(path: str) -> State:
    """The state of the files that are read: another digest where one of them was added, removed or
    changed, and nowhere else.

    It looks at names, sizes and times and opens no file, so that it can be asked at every start.
    Raises as `listed`.
    """
    root = Path(path).expanduser().absolute()
    digest, lost = hashlib.sha256(), []
    for file in listed(root).files():
        try:
            about = os.stat(f"{root}/{file.path}")
            seen = f"{about.st_size} {about.st_mtime_ns}"
        except OSError:
            lost.append(file.path)
            seen = "lost"
        digest.update(f"{file.path!r} {seen}\n".encode())
    return State(digest.hexdigest()[:16], lost)


def unreadable(root: Path, files: Iterable[File]) -> list[str]:
    """The files that cannot be found, or may not be read."""
    return [file.path for file in files if not os.access(f"{root}/{file.path}", os.R_OK)]


def split(
    root: Path, class_names: Sequence[str], files: list[list[File]], test_share: float, seed: int
) -> tuple[list[list[File]], list[list[File]]]:
    """Training and test files of each class: a random share, which does not depend on the other
    classes.
    """
    if short := [
        name for name, members in zip(class_names, files, strict=True) if len(members) < 2
    ]:
        raise ValueError(
            f"{root}: one image only of {some(short)}; "
            "a split into training and test images needs two"
        )
    train, test = [], []
    for name, members in zip(class_names, files, strict=True):
        count = min(max(round(test_share * len(members)), 1), len(members) - 1)
        rng = np.random.default_rng([seed, SPLIT, *name.encode(errors="surrogateescape")])
        chosen = np.isin(np.arange(len(members)), rng.permutation(len(members))[:count])
        train.append([file for file, out in zip(members, chosen, strict=True) if not out])
        test.append([file for file, out in zip(members, chosen, strict=True) if out])
    return train, test


def some(texts: Iterable[str]) -> str:
    """The first texts, and how many more there are."""
    texts = list(texts)
    more = f" and {len(texts) - NAMED} more" if len(texts) > NAMED else ""
    return ", ".join(texts[:NAMED]) + more


def _entries(folder: str | Path) -> list[os.DirEntry[str]]:
    """What a folder holds, less what is hidden, by name."""
    with os.scandir(folder) as found:
        entries = [
            entry for entry in found if not entry.name.startswith(".") and entry.name not in HIDDEN
        ]
    for entry in entries:
        try:
            entry.name.encode()
        except UnicodeEncodeError:
            raise ValueError(f"{folder}: the name {entry.name!a} is not UTF-8; rename it") from None
    return sorted(entries, key=lambda entry: entry.name)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself, or to where nobody may look
        return False


def _folders(folder: str | Path, others: Counter[str]) -> dict[str, str]:
    """The folders in a folder, by name; files beside them are counted in `others`.

    Raises FileNotFoundError for a link to nowhere: it may be a class.
    """
    folders: dict[str, str] = {}
    for entry in _entries(folder):
        if _is_folder(entry):
            folders[entry.name] = entry.path
        elif entry.is_symlink() and not os.path.exists(entry.path):
            raise FileNotFoundError(
                f"{entry.path} is a link to {os.readlink(entry.path)}, which cannot be found: "
                "mount what it leads to, or remove the link"
            )
        else:
            others["outside of the class folders"] += 1
    return folders


def _trees(root: Path, others: Counter[str]) -> dict[str, dict[str, list[str]]]:
    """For each part ("train/" and "test/", or just "") the names of the images of each class."""
    folders = _folders(root, others)
    parts = {name.lower(): name for name in folders if name.lower() in PARTS}
    if set(parts) == set(PARTS):
        others.update(f"folder {name}" for name in folders if name not in parts.values())
        names = [parts[part] for part in PARTS]
        return {f"{name}/": _tree(_folders(folders[name], others), others) for name in names}
    for part, name in parts.items():  # with images straight in it, it is a class of that name
        if _folders(folders[name], Counter()):
            missing = "test" if part == "train" else "train"
            raise FileNotFoundError(
                f"{root} holds {name}/ but no {missing}/ (but {some(folders)}); {EXPECTED}"
            )
    return {"": _tree(folders, others)}


def _tree(folders: Mapping[str, str], others: Counter[str]) -> dict[str, list[str]]:
    """The names of the images in each class folder; files of other types are counted in
    `others`.
    """
    tree: dict[str, list[str]] = {}
    for name, folder in folders.items():
        entries = _entries(folder)
        if nested := [entry.name for entry in entries if _is_folder(entry)]:
            raise ValueError(
                f"class folder {folder} holds folders ({some(nested)}); "
                f"images must lie straight in it: {EXPECTED}"
            )
        tree[name] = []
        for entry in entries:
            suffix = os.path.splitext(entry.name)[1]
            if suffix.lower() in EXTENSIONS and (entry.is_symlink() or entry.is_file()):
                tree[name].append(entry.name)  # no pipe, no device
            else:
                others[suffix or "without extension"] += 1
    return tree


def _checked_classes(
    root: Path, trees: Mapping[str, dict[str, list[str]]], others: Counter[str]
) -> list[str]:
    """The classes' names, sorted, if there are two or more and each has an image in every tree."""
    names = sorted({name for tree in trees.values() for name in tree})
    counts = some(f"{count} {what}" for what, count in sorted(others.items()))
    beside = f" (not read: {counts})" if others else ""
    if not names:
        raise FileNotFoundError(f"{root} holds no class folders{beside}; {EXPECTED}")
    if not any(images for tree in trees.values() for images in tree.values()):
        raise FileNotFoundError(
            f"{root}: no PNG, JPEG or WebP image in the class folders {some(names)}{beside}"
        )
    if len(names) == 1:
        raise ValueError(
            f"{root} holds one class, {names[0]}; there must be two or more: {EXPECTED}"
        )
    for part, tree in trees.items():
        if empty := [name for name in names if not tree.get(name)]:
            raise FileNotFoundError(
                f"{root}: no PNG, JPEG or WebP image of {some(empty)} in "
                f"{part or 'the class folder'}{beside}; every class needs training and test "
                "images: add some, or remove the class"
            )
    return names


def _check_each_once(root: Path, trees: Mapping[str, Collection[str]]) -> None:
    """Raise ValueError if two class folders are the same one, by a link."""
    places: dict[str, str] = {}
    for folder in (f"{part}{name}" for part, tree in trees.items() for name in tree):
        place = os.path.realpath(f"{root}/{folder}")
        if place in places:
            raise ValueError(
                f"{root}: {places[place]} and {folder} are one folder, {place}: "
                "its images would count twice; remove one of the links"
            )
        places[place] = folder
