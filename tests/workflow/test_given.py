"""A config in several files, and the defaults of a list, written as `...`."""

import pytest
import yaml

from study.config import ConfigError, check, load
from study.settings.dataset import DATA_BASED, STANDARD_ESTIMATORS
from study.strict import read_strictly

BASE = """\
study: {datasets: [large]}
recipes:
  quick: {model: {name: lenet}, epochs: 2, batch_size: 8, optimizer: {name: adam, lr: 0.1}}
datasets:
  large: {source: {kind: mnist}, recipe: quick}
"""
OWN = """\
recipes:
  slow: {model: {name: lenet}, epochs: 9, batch_size: 8, optimizer: {name: adam, lr: 0.1}}
datasets:
  photos: {source: {kind: image-folder, path: photos}, recipe: slow}
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "config.yaml").write_text(BASE)
    (tmp_path / "config.d").mkdir()
    (tmp_path / "config.d" / "photos.yaml").write_text(OWN)
    return tmp_path


def test_files_of_config_d_are_read_as_if_they_stood_in_one(folder):
    base, own = yaml.safe_load(BASE), yaml.safe_load(OWN)
    in_one = base | {key: base[key] | own[key] for key in ("recipes", "datasets")}
    assert load(folder) == check(in_one)
    assert [*load(folder)["datasets"]] == ["large", "photos"]
    (folder / "config.d" / "notes.txt").write_text("no: [yaml")
    (folder / "config.d" / ".hidden.yaml").write_text("no: [yaml")
    assert [*load(folder)["recipes"]] == ["quick", "slow"]


@pytest.mark.parametrize(
    ("content", "place", "where"),
    [
        ("datasets: {large: {source: {kind: digits}, recipe: quick}}", "datasets.large", "config"),
        ("study: {datasets: [photos]}", "study.datasets", "config"),
        (OWN, "recipes.slow", "config.d/photos"),
    ],
)
def test_what_two_files_give_is_refused_and_both_are_named(folder, content, place, where):
    (folder / "config.d" / "second.yml").write_text(content)
    with pytest.raises(ConfigError) as refused:
        load(folder)
    first, second = folder / f"{where}.yaml", folder / "config.d" / "second.yml"
    assert f"{place}: is given in {first} and in {second}; keep one" in str(refused.value)


def test_a_message_names_the_files_that_are_to_be_corrected(folder):
    base, own = folder / "config.yaml", folder / "config.d" / "photos.yaml"
    own.write_text(OWN.replace("path:", "paht:"))
    with pytest.raises(ConfigError) as refused:
        load(folder)
    assert str(refused.value).startswith(f"{own}: 2 problems\n  datasets.photos.source.")
    base.write_text(BASE.replace("batch_size", "batchsize"))
    with pytest.raises(ConfigError, match=f"^{base} and {own}: 4 problems"):
        load(folder)
    own.write_text(OWN)
    base.write_text(BASE.partition("recipes:")[0] + "recipe: {}\n")
    with pytest.raises(ConfigError, match=f"^{base}: "):
        load(folder)


def test_a_block_that_was_pasted_at_the_end_is_told_where_to_go(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text(BASE + "datasets:\n  photos: {source: {kind: digits}, recipe: quick}\n")
    with pytest.raises(ConfigError) as refused:
        read_strictly(path)
    assert "key 'datasets' is given twice, on lines 4 and 6; keep one: move the contents" in str(
        refused.value
    )
    assert "into a file of its own, such as config.d/photos.yaml" in str(refused.value)


def estimators(text):
    config = yaml.safe_load(BASE)
    config["datasets"]["large"] |= yaml.safe_load(text)
    return check(config)["datasets"]["large"]


def test_three_dots_are_the_defaults_that_are_not_named():
    """As README writes it; the order of the rest stays."""
    found = estimators("estimators: [..., accuracy]")["estimators"]
    assert found == [*STANDARD_ESTIMATORS, "accuracy"]
    found = estimators("estimators: [accuracy, loss, ..., settled]")["estimators"]
    assert found[:2] == ["accuracy", "loss"] and found[-1] == "settled"
    assert sorted(found) == sorted([*STANDARD_ESTIMATORS, "accuracy", "settled"])
    spelled = f"estimators: [{', '.join(STANDARD_ESTIMATORS)}, accuracy]"
    assert estimators(spelled) == estimators("estimators: [..., accuracy]")
    asked = estimators("neighbours: {spaces: [pixels], estimators: [...]}")["neighbours"]
    assert asked["estimators"] == list(DATA_BASED)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("estimators: [..., ...]", r"estimators\[10\]: found '\.\.\.', expected an estimator"),
        ("estimators: [..., accuracyy]", "found 'accuracyy', expected .*did you mean 'accuracy'"),
        ("estimators: ...", r"expected a list.*write \['\.\.\.'\]"),
    ],
)
def test_a_mistake_beside_them_is_told(text, message):
    with pytest.raises(ConfigError, match=message):
        estimators(text)
