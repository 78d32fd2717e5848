"""Where files lie: parsing a formatted path returns the fields that it was formatted from."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study import layout

PLACES = {name: one for name, one in vars(layout).items() if isinstance(one, layout.Place)}
names = st.from_regex(r"[a-z0-9][a-z0-9-]{0,8}(\.5)?", fullmatch=True)


def fields_of(place):
    return [part.partition("}")[0] for part in place.pattern.split("{")[1:]]


@pytest.mark.parametrize("name", PLACES)
@given(data=st.data())
def test_a_path_is_read_back_as_what_it_was_formatted_from(name, data):
    place = PLACES[name]
    drawn = {field: data.draw(names) for field in fields_of(place)}
    if "end" in drawn:  # what follows the last dot
        drawn["end"] = data.draw(st.sampled_from(["pdf", "csv"]))
    path = place.path(**drawn)
    assert path.startswith("results/") and "{" not in path
    assert place.fields(path) == drawn
    assert place.fields(Path(path)) == drawn


def test_paths_are_as_the_documentation_prints_them():
    block = {"dataset": "digits", "set": "prune-clp-12.5", "recipe": "cnn", "block": 3}
    path = "results/digits/members/prune-clp-12.5/cnn/block-3/test.npz"
    assert layout.BLOCK.path(**block, file="test.npz") == path
    assert layout.TEST.fields(path) == {key: str(value) for key, value in block.items()}
    evaluation = layout.EVALUATION.path(dataset="digits", set="full", recipe="cnn")
    assert evaluation == "results/digits/evaluation/full/cnn.csv"
    assert layout.ALL_CLAIMS.path() == "results/claims.csv"


@pytest.mark.parametrize(
    "path",
    [
        "results/digits/members/full/cnn/test.npz",
        "results/digits/members/full/cnn/block-0/deeper/test.npz",
        "elsewhere/digits/members/full/cnn/block-0/test.npz",
    ],
)
def test_a_path_of_another_place_is_refused(path):
    with pytest.raises(ValueError, match=f"{path} is not results/.*block-"):
        layout.TEST.fields(path)


def test_trained_blocks_are_found_below_any_folder_but_the_store(tmp_path):
    made = ["digits/members/full/cnn/block-0", "digits/members/full/cnn/block-1", ".store/members"]
    made += [".store/members/full/cnn/block-0", "digits/members/full/block-0"]
    for folder in made:
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / folder / "test.npz.sha256").touch()
    found = list(layout.trained(tmp_path))
    assert [path.parent.relative_to(tmp_path).as_posix() for path, _ in found] == made[:2]
    assert [(block["set"], block["block"]) for _, block in found] == [("full", "0"), ("full", "1")]


def test_files_of_the_store_are_told_from_others():
    assert layout.in_store("results/.store/0a1b/test.npz")
    assert not layout.in_store("results/store/data.npz")
