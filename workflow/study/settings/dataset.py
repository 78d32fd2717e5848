"""A data set and what is asked of it: ensembles, estimators, grids of training sets, stability."""

from typing import Annotated, Literal

from pydantic import Field

from .source import Source
from .values import (
    AnyOf,
    AtLeastOne,
    Count,
    Listed,
    NotNegative,
    Percent,
    Positive,
    Settings,
    Share,
    SomeOf,
)

STANDARD_ESTIMATORS = (
    "aum",
    "el2n",
    "el2n-train",
    "forgetting",
    "forgetting-paper",
    "confidence",
    "true-logit",
    "variability",
    "loss",
    "dataiq",
)
DATA_BASED = (
    "dcc",
    "mdsc",
    "adsc",
    "dnoc",
    "mdoc",
    "adoc",
    "n3",
    "cp",
    "cdr",
    "mdr",
    "adr",
    "ad",
    "lid",
    "ma2023-mean",
    "ma2023-gauss",
    "quadric-mean",
    "quadric-gauss",
    "volume-printed",
    "volume",
    "volume-unit",
    "max-lambda",
    "avg-lambda",
)
Estimators = SomeOf[Annotated[str, Field(description="An estimator's name.")]]
Samplers = SomeOf[Annotated[str, Field(description="A sampler's name.")]]
Recipes = SomeOf[Annotated[str, Field(description="A recipe's name.")]]
Rates = SomeOf[Annotated[Percent, Field(description="Percent of the training samples.")]]
Levels = SomeOf[
    Annotated[Literal["dlp", "clp", "hardest", "random"], Field(description="A level.")]
]
Published = Literal[  # as hardness.evidence.claims.DATA
    "cifar10",
    "cifar100",
    "cifar100-clean",
    "mnist",
    "kmnist",
    "fashionmnist",
    "cifar10-lt",
    "cifar100-lt",
    "mnist-parity",
    "uci-sonar",
    "uci-balance",
    "uci-cmc",
    "uci-ecoli",
    "uci-glass",
    "uci-heart",
    "uci-iris",
    "uci-robot",
    "uci-seeds",
    "uci-wine",
    "difficulty-balanced",
    "difficulty-long-tailed",
    "difficulty-noisy",
    "cifar10-unlabelled",
    "mnist-unlabelled",
    "fashionmnist-unlabelled",
    "cifar10-noisy-images",
    "mnist-noisy-images",
    "fashionmnist-noisy-images",
]
Folds = Annotated[int, Field(ge=2)]
Draws = Annotated[
    Count | Literal["per-member"] | None,
    Field(title="a whole number of at least 1, or per-member"),
]


class Ensembles(Settings):
    """Members of each ensemble."""

    stability: Count = Field(default=20, description="For the stability of scores and class sizes.")
    recall: Count = Field(default=10, description="For the recall of the classes on the full set.")
    hardness: Count = Field(
        default=8,
        description="Averaged in whatever is one number per sample or class - class sizes, pruning,"
        " overlaps.",
    )
    retraining: Count = Field(
        default=8, description="Trained on each training set other than full."
    )

    @property
    def largest(self) -> int:
        return max(self.stability, self.recall, self.hardness, self.retraining)


class ResamplingGrid(Settings):
    """One grid."""

    over: Samplers = Field(
        default=("none",),
        description="How samples are added to classes that grow - none, or files of"
        " workflow/hardness/sets/oversamplers.",
    )
    under: Samplers = Field(
        default=("none",),
        description="How samples are dropped from classes that shrink - none, or files of"
        " workflow/hardness/sets/undersamplers.",
    )
    alphas: AnyOf[Annotated[NotNegative, Field(description="An alpha.")]] = Field(
        default=(),
        description="Amplifications of the class ratios in mode paper (Eq. 4). 1 leaves them as"
        " Eq. 3 has them, 0 makes them all alike.",
    )
    rhos: AnyOf[Annotated[AtLeastOne, Field(description="A rho.")]] = Field(
        default=(), description="Ratios between the hardest and the easiest class in mode study."
    )
    estimator: str | None = Field(
        default=None,
        description="Another estimator to take the hardness from."
        " null - the data set's paper_estimator for alphas, aum for rhos.",
    )
    members: Count | None = Field(
        default=None,
        description="Another number of members to average the hardness over."
        " null - ensembles.hardness.",
    )
    draws: Draws = Field(
        default=None,
        description="Draws of a set that is made at random."
        " null - one for all members with an alpha, per-member with a rho.",
    )
    recipes: Recipes | None = Field(
        default=None,
        description="Recipes by which the grid's sets, and full, are trained."
        " null - the base recipe.",
    )


class PruningGrid(Settings):
    """One grid."""

    levels: Levels = Field(
        description="Which samples are removed - the easiest of the whole set (dlp), of each class"
        " (clp), the hardest of the whole set (hardest), or as many at random (random)."
    )
    rates: Rates = Field(description="Percent of the training samples that are removed.")
    estimator: str | None = Field(
        default=None, description="Another estimator to take the hardness from. null - aum."
    )
    members: Count | None = Field(
        default=None,
        description="Another number of members to average the hardness over."
        " null - ensembles.hardness.",
    )
    draws: Draws = Field(default=None, description="Draws of a random set. null - per-member.")


class LongTailedGrid(Settings):
    """One grid."""

    ratios: SomeOf[Annotated[AtLeastOne, Field(description="A ratio.")]] = Field(
        description="Samples of the first class for each sample of the last; of sub-classes, if"
        " the data set has them."
    )
    draws: Draws = Field(default=None, description="Draws of each set. null - per-member.")
    recipes: Recipes | None = Field(
        default=None,
        description="Recipes by which the grid's sets are trained. null - the base recipe.",
    )


class SplitsGrid(Settings):
    """One grid."""

    draws: Folds = Field(description="Random splits, one member for each.")
    standardize: AnyOf[Annotated[bool, Field(description="Whether to standardize.")]] = Field(
        default=(True,),
        description="Standardize each column of a table by the split's own training rows. true and"
        " false make two sets, splits-200 and splits-200-raw.",
    )
    recipes: Recipes | None = Field(
        default=None,
        description="Recipes by which the grid's sets are trained. null - the base recipe.",
    )


class Stability(Settings):
    """How stability is measured."""

    rates: Rates = Field(
        default=(10, 20, 30, 40, 50, 60, 70, 80, 90), description="Pruning rates in percent."
    )
    orders: Count = Field(
        default=100, description="Random orders in which members are added, in mode study."
    )
    splits: Count = Field(default=100, description="Random splits of the members into halves.")


class Neighbours(Settings):
    """The nearest neighbors of all samples, and the scores of samples and classes from them."""

    k: Count = Field(
        default=40,
        description="Neighbors of each sample; all, if there are fewer. lid needs 20.",
    )
    spaces: SomeOf[
        Annotated[Literal["pixels", "pca", "features"], Field(description="A space.")]
    ] = Field(
        default=("pixels",),
        description="Where neighbors are searched - among the inputs as they are (pixels), on their"
        " first principal axes (pca), or among the features of the first member of full (features)."
        " The data-based ones of `estimators` read the first space.",
    )
    components: Count = Field(default=50, description="Principal axes in the space pca.")
    estimators: Estimators = Field(
        default=DATA_BASED,
        description="The data-based estimators that score the classes, in each space."
        " `...` among them stands for the default ones.",
    )


class Unlabelled(Settings):
    """Networks that learn without labels, on full, and the same network with labels."""

    recipe: str = Field(
        description="The recipe without labels, by its name. It observes features and"
        " input-gradients."
    )
    control: str = Field(
        description="The recipe of the same network with labels, by its name. It observes features,"
        " and for vog label-gradients."
    )


class Dataset(Settings):
    """A data set and what is asked of it."""

    source: Source = Field(description="Where the inputs come from, images or rows of a table.")
    recipe: str = Field(
        description="The base recipe, by its name - the one whose dynamics give the hardness, and"
        " by which all sets are trained; recorded if source.kind is recorded."
    )
    ensembles: Ensembles = Field(
        default=Ensembles(),
        description="Members of each ensemble. The smaller ones are the first members of the"
        " larger; on `full`, the largest number is trained. For your own data (image-folder, table,"
        " arrays, and what is made from them) each has 10 by default.",
    )
    estimators: Estimators = Field(
        default=STANDARD_ESTIMATORS,
        description="The hardness estimators, files of workflow/hardness/scoring/estimators, with"
        " hyphens for underscores. `...` among them stands for the default ones.",
    )
    neighbours: Neighbours | None = Field(
        default=None,
        description="What data-based estimators are computed from. null - none are computed.",
    )
    unlabelled: Unlabelled | None = Field(
        default=None,
        description="What estimators of features and input gradients (msd, lgn and their controls)"
        " are computed from. null - none are computed.",
    )
    second_split: str | None = Field(
        default=None,
        description="The recipe, by its name, of networks that train on one half of the samples"
        " after the other, for ssft and fslt. It has the sampler second-split and observes pass."
        " null - none.",
    )
    stands_for: Published | None = Field(
        default=None,
        description="The data set of a paper whose claims this one answers, or a question of ours"
        " (difficulty-...: workflow/claims-rebalancing.yaml). null - none.",
    )
    whole: str | None = Field(
        default=None,
        description="A data set of this config, of kind whole and made from this one. Its networks"
        " train and are tested on all samples, and give the setting full of the accuracies of"
        " classes. null - only the setting part.",
    )
    margin: Share | None = Field(
        default=None,
        description="The change in a group's mean, as a fraction, below which a change counts as"
        ' none. null - none is fixed, and no verdict says "none".',
    )
    near_duplicates: Positive | None = Field(
        default=None,
        description="List near duplicates too - the largest root mean square difference of two"
        " images' pixels (0 to 255), or two rows' columns. None are removed. null - exact"
        " duplicates only.",
    )
    paper_estimator: str = Field(
        default="aum",
        description="The estimator that the training sets of mode paper (alphas) and the groups of"
        " easy and hard classes are made from.",
    )
    resampling: Listed[ResamplingGrid] = Field(
        default=(),
        description="Grids of resampled training sets - every `over` with every `under`, at every"
        " alpha and every rho. none with none is left out.",
    )
    pruning: Listed[PruningGrid] = Field(
        default=(), description="Grids of pruned training sets - every level at every rate."
    )
    folds: AnyOf[Annotated[Folds, Field(description="A number of folds.")]] = Field(
        default=(),
        description="Training sets for cross-validation, folds-5 for 5: each of its 5 draws leaves"
        " out one fold, and two members are trained on each draw. Then review.csv and"
        " out-of-fold/ are made. For your own data the default is [5]. [] - none.",
    )
    long_tailed: Listed[LongTailedGrid] = Field(
        default=(),
        description="Grids of long-tailed training sets, long-tailed-100 for a ratio of 100. Each"
        " draw is another choice of samples. They are not compared with full.",
    )
    splits: Listed[SplitsGrid] = Field(
        default=(),
        description="Grids of random splits of the training part: each draw of splits-200 leaves"
        " out a fifth, on which its member is tested. They are not compared with full.",
    )
    stability: Stability = Field(
        default=Stability(),
        description="How the stability of scores, class sizes and pruned sets is measured.",
    )
