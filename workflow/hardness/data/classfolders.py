"""List the image files of a data set's folder, and notice when they change.

The folder holds a folder for each class, or train/ and test/ with a folder for each class. Only
names are looked at here; imagefolder.py reads the files.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from hardness.data import filekinds
from hardness.data.filekinds import composed
from hardness.data.leftout import (
    NO_IMAGE,
    OUTSIDE,
    LeftOut,
    advice,
    beside,
    not_read,
    some,
    table,
)

PARTS = ("train", "test")
EXPECTED = "expected a folder for each class, or train/ and test/ with a folder for each class"


class File(NamedTuple):
    """An image file: its path below the data set's folder, and its class's number."""

    path: str
    label: int


class Listing(NamedTuple):
    """The images in a folder.

    class_names: in Unicode's composed form (NFC). parts: each class's files, by part: "train/" and
    "test/", as they are spelled in the folder, or just "". left_out: files that are not read
    because of their names or places. beside: folders beside train/ and test/.
    """

    class_names: list[str]
    parts: dict[str, list[list[File]]]
    left_out: list[LeftOut]
    beside: list[str]

    def files(self) -> Iterator[File]:
        return (file for part in self.parts.values() for members in part for file in members)


class State(NamedTuple):
    """A digest of the image files, and the paths of those that cannot be found: broken links."""

    digest: str
    lost: list[str]


class _Class(NamedTuple):
    """A class folder: its path below the root, with a slash, and the names of its images."""

    folder: str
    images: list[str]


_Trees = dict[str, dict[str, _Class]]  # by part, by the class's composed name


def listed(root: Path) -> Listing:
    """List the images in a folder; no file is opened.

    Classes, and the images of a class, are in the order of their names, character by character.
    Raises OSError if the folder, or something that must be in it, is missing or may not be listed;
    ValueError if it has another layout.
    """
    if not root.is_dir():
        wrong = "is not a folder" if root.exists() else "does not exist"
        raise NotADirectoryError(
            f"{root} {wrong}; {EXPECTED}: correct the path in the data set's source"
        )
    left_out: list[LeftOut] = []
    trees, others = _trees(root, left_out)
    class_names = _checked_classes(root, trees, left_out)
    _check_each_once(root, trees)
    parts = {
        part: [
            [File(tree[name].folder + image, label) for image in tree[name].images]
            for label, name in enumerate(class_names)
        ]
        for part, tree in trees.items()
    }
    return Listing(class_names, parts, left_out, others)


def left_out_by_name(root: Path, listing: Listing) -> list[LeftOut]:
    """The files that are left out because of their names or places. Of folders beside train/ and
    test/ these are the images, at any depth; links are not followed there.
    """
    found = list(listing.left_out)
    for name in listing.beside:
        for folder, folders, files in os.walk(root / name):
            folders[:] = sorted(one for one in folders if not filekinds.passed_over(one))
            below = os.path.relpath(folder, root)
            found += [
                LeftOut(beside(name), f"{below}/{file}")
                for file in sorted(files)
                if filekinds.is_image(file) and not filekinds.passed_over(file)
            ]
    return found


def state(path: str) -> State:
    """The state of the files that are read: the digest changes if and only if one of them is added,
    removed or changed.

    It looks at names, sizes and times and opens no file, so it is cheap enough for every start.
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
    """Training and test files of each class: the files of a class are ranked by a hash of the seed
    and of their names, and the first ones, about the share, are for testing.

    So a file's part depends on its name and on how many of its class rank before it. If one file is
    added, removed or renamed, at most one other file changes its part.
    Raises ValueError for a class of one file.
    """
    if short := [
        name for name, members in zip(class_names, files, strict=True) if len(members) < 2
    ]:
        raise ValueError(
            f"{root}: only one image of {some(short)}; a split into training and test images needs "
            "two: add images, or remove the class"
        )
    train, test = [], []
    for members in files:
        count = min(max(round(test_share * len(members)), 1), len(members) - 1)
        chosen = set(sorted(members, key=lambda file: _rank(file.path, seed))[:count])
        train.append([file for file in members if file not in chosen])
        test.append([file for file in members if file in chosen])
    return train, test


def _rank(path: str, seed: int) -> bytes:
    return hashlib.sha256(f"{seed}/{composed(path)}".encode()).digest()


def _entries(folder: str | Path) -> list[os.DirEntry[str]]:
    """A folder's entries, sorted by name, without those that are hidden or made by systems."""
    with os.scandir(folder) as found:
        entries = [entry for entry in found if not filekinds.passed_over(entry.name)]
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


def _folders(folder: Path, root: Path, left_out: list[LeftOut]) -> dict[str, str]:
    """The folders in a folder: name -> path below the root. Files beside them go to `left_out`.

    Raises FileNotFoundError for a broken link, because it may be a class.
    """
    folders: dict[str, str] = {}
    for entry in _entries(folder):
        below = os.path.relpath(entry.path, root)
        if _is_folder(entry):
            folders[entry.name] = f"{below}/"
        elif entry.is_symlink() and not os.path.exists(entry.path):
            raise FileNotFoundError(
                f"{entry.path} is a link to {os.readlink(entry.path)}, which cannot be found: "
                "mount what it leads to, or remove the link"
            )
        else:
            reason = OUTSIDE if filekinds.is_image(entry.name) else NO_IMAGE
            left_out.append(LeftOut(reason, below))
    return folders


def _trees(root: Path, left_out: list[LeftOut]) -> tuple[_Trees, list[str]]:
    """The classes of each part ("train/" and "test/", or just ""), and the folders beside these."""
    folders = _folders(root, root, left_out)
    parts = {name.lower(): name for name in folders if name.lower() in PARTS}
    if set(parts) == set(PARTS):
        names = [parts[part] for part in PARTS]
        inner = {name: _folders(root / name, root, left_out) for name in names}
        if not inner[names[1]]:
            otherwise = f"let the path be {root / names[0]}, of which a share becomes the test set"
            _check_labelled(root, names[1], otherwise)
        trees = {f"{name}/": _tree(root, inner[name], left_out) for name in names}
        return trees, [name for name in folders if name not in names]
    for part, name in parts.items():  # with images straight in it, train/ is a class of that name
        if _folders(root / name, root, []):
            missing = "test" if part == "train" else "train"
            raise FileNotFoundError(
                f"{root} holds {name}/ but no {missing}/ (but {some(folders)}); {EXPECTED}: add "
                f"{missing}/, or let the path be {root / name}"
            )
    if "test" in parts and len(folders) > 1:
        otherwise = "move them elsewhere, or, if they are a class, give its folder another name"
        _check_labelled(root, parts["test"], otherwise)
    return {"": _tree(root, folders, left_out)}, []


def _check_labelled(root: Path, test: str, otherwise: str) -> None:
    """Raise ValueError if test/, which has no class folders, has images."""
    if images := [one.name for one in _entries(root / test) if filekinds.is_image(one.name)]:
        raise ValueError(
            f"{root}/{test} holds {len(images)} images straight in it and no class folders; "
            f"test images without labels cannot be used: {otherwise}"
        )


def _tree(root: Path, folders: Mapping[str, str], left_out: list[LeftOut]) -> dict[str, _Class]:
    """The class folders, by their composed names; files that are no images are left out."""
    tree: dict[str, _Class] = {}
    for name, folder in folders.items():
        entries, title = _entries(root / folder), composed(name)
        if nested := [entry.name for entry in entries if _is_folder(entry)]:
            raise ValueError(
                f"class folder {root / folder} holds folders ({some(nested)}); "
                f"images must lie straight in it: {EXPECTED}"
            )
        if title in tree:
            raise ValueError(
                f"{root}: two class folders are called {title}, their accents written in two ways "
                "(as one sign, and as two): put their images into one of them"
            )
        tree[title] = _Class(folder, [])
        for entry in entries:
            other = filekinds.format_not_read(entry.name)
            real = entry.is_symlink() or entry.is_file()  # no pipe, no device
            if real and filekinds.is_tried(entry.name):
                tree[title].images.append(entry.name)
            else:
                reason = not_read(other) if other else NO_IMAGE
                left_out.append(LeftOut(reason, folder + entry.name, title))
    return tree


def _checked_classes(root: Path, trees: _Trees, left_out: list[LeftOut]) -> list[str]:
    """The classes' names, sorted. Raises FileNotFoundError or ValueError unless there are two or
    more classes, and each has an image in every part.
    """
    names = sorted({name for tree in trees.values() for name in tree})
    columns = table(left_out)
    counts = zip(columns["n"], columns["reason"], strict=True)
    aside = some(f"{n} {reason}" for n, reason in counts)
    aside = f" (left out: {aside})" if aside else ""
    advised = f": {todo}" if (todo := advice(left_out)) else ""
    if not names:
        raise FileNotFoundError(f"{root} holds no class folders{aside}; {EXPECTED}{advised}")
    if not any(one.images for tree in trees.values() for one in tree.values()):
        raise FileNotFoundError(
            f"{root}: no image in the class folders {some(names)}{aside}{advised}"
        )
    if len(names) == 1:
        raise ValueError(
            f"{root} holds one class, {names[0]}; there must be two or more: {EXPECTED}"
        )
    for part, tree in trees.items():
        if empty := [name for name in names if name not in tree or not tree[name].images]:
            raise FileNotFoundError(
                f"{root}: no image of {some(empty)} in {part or 'the class folder'}{aside}; every "
                f"class needs training and test images: add some, or remove the class{advised}"
            )
    return names


def _check_each_once(root: Path, trees: _Trees) -> None:
    """Raise ValueError if two class folders are the same one, by a link."""
    places: dict[str, str] = {}
    for folder in (one.folder.rstrip("/") for tree in trees.values() for one in tree.values()):
        place = os.path.realpath(f"{root}/{folder}")
        if place in places:
            raise ValueError(
                f"{root}: {places[place]} and {folder} are one folder, {place}: "
                "its images would count twice; remove one of the links"
            )
        places[place] = folder
