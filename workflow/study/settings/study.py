"""The whole config: what is computed, with which recipe; nothing about machines."""

from typing import Annotated

from pydantic import Field

from .dataset import Dataset
from .recipe import Recipe
from .values import Name, Settings, SomeOf, Text


class Targets(Settings):
    """What `make study` builds."""

    datasets: SomeOf[Annotated[str, Field(description="A data set's name.")]] = Field(
        default=("digits",), description="Names of data sets of this config."
    )


class Study(Settings):
    """The study - what is computed, with which recipe. Nothing about machines."""

    data_dir: Text = Field(
        default="data",
        title="a folder's name",
        description="The folder of the files of the public data sets. Missing ones are downloaded"
        " into it.",
    )
    study: Targets = Field(default=Targets(), description="What `make study` builds.")
    recipes: dict[Name, Recipe] = Field(
        description="How a network is trained - a name, part of file names, for each recipe."
    )
    datasets: dict[Name, Dataset] = Field(
        description="What is studied - a name, a folder of results/, for each data set."
    )
