"""A recipe: how a network is trained."""

from typing import Annotated, Literal

from pydantic import MISSING, ConfigDict, Field

from .values import AS_GIVEN, Count, Listed, NotNegative, Positive, Settings, Share, SomeOf

Widths = Annotated[
    Listed[Annotated[Count, Field(description="Channels, or units.")]], Field(min_length=1)
]
Observers = SomeOf[Annotated[str, Field(description="An observer's name.")]]


class Model(Settings):
    """The network - its name, and options of that model.

    The options are the arguments of its `network(...)` that have a default.
    """

    model_config = ConfigDict(extra="allow")  # a user's own network has options of its own

    name: str = Field(
        description="A file of workflow/hardness/training/models, with hyphens for underscores."
    )
    depth: Count | MISSING = Field(
        default=MISSING,
        description="Number of layers, in a family of networks (resnet-cifar - 6n+2)."
        " Left out - the model's own default, in its file.",
    )
    width: Count | MISSING = Field(
        default=MISSING,
        description="Channels of the first layer, which all others are multiples of (resnet9)."
        " Left out - the model's own default, in its file.",
    )
    widths: Widths | MISSING = Field(
        default=MISSING,
        description="Channels of each stage, units of each hidden layer."
        " Left out - the model's own default, in its file.",
    )
    init: Literal["default", "he"] | MISSING = Field(
        default=MISSING,
        description="Initial weights - torch's own (default), or He et al.'s (he)."
        " Left out - the model's own default, in its file.",
    )


class Head(Settings):
    """The layer from features to outputs, and its options."""

    model_config = ConfigDict(extra="allow")  # a file of your own has options of its own

    name: str = Field(
        description="A file of workflow/hardness/training/heads - linear (bias, scale), cosine"
        " (scale), normalized (groups, tau, gamma), whose networks can also predict by TDE,"
        " projector (dims), for an objective without labels."
        " Any head other than linear needs a model with features."
    )


class Objective(Settings):
    """What is minimized, and its options, the arguments of its `objective(...)` with a default."""

    model_config = ConfigDict(extra="allow")

    name: str = Field(
        description="A file of workflow/hardness/training/objectives - cross-entropy,"
        " focal (gamma), class-balanced (beta), balanced-softmax, ldam (largest, scale, beta,"
        " deferred; with the head cosine of the same scale); without labels barlow-twins (lambda),"
        " which needs head projector and views twins."
    )


class Sampler(Settings):
    """Which samples an epoch has, in which order, and the sampler's options."""

    model_config = ConfigDict(extra="allow")

    name: str = Field(
        description="A file of workflow/hardness/training/samplers - permutation (every row once),"
        " uniform (with replacement), class-balanced (with replacement, every class equally"
        " likely), difficulty (with replacement, by each row's difficulty - c, start, before; it"
        " needs a recipe that observes pass), second-split (one half of the rows in the first half"
        " of the epochs, the other one in the second, for which schedule and optimizer begin"
        " again)."
    )


class Sgd(Settings):
    """Stochastic gradient descent and its settings."""

    name: Literal["sgd"] = Field(description="Stochastic gradient descent.")
    lr: Positive = Field(description="Learning rate at the start.")
    momentum: Annotated[float, Field(ge=0, lt=1), AS_GIVEN] = Field(
        default=0, description="Momentum."
    )
    nesterov: bool = Field(
        default=False, description="Nesterov's momentum. It needs a momentum above 0."
    )
    weight_decay: NotNegative = Field(default=0, description="Weight decay.")


class Adam(Settings):
    """Adam and its settings."""

    name: Literal["adam"] = Field(description="Adam with torch's betas.")
    lr: Positive = Field(description="Learning rate at the start.")
    weight_decay: NotNegative = Field(default=0, description="Weight decay.")


class Constant(Settings):
    """No schedule."""

    name: Literal["constant"] = Field(description="The learning rate never changes.")


class Steps(Settings):
    """A schedule in steps."""

    name: Literal["steps"] = Field(
        description="The learning rate is multiplied by a factor at given times."
    )
    at: SomeOf[Annotated[Share, Field(description="A share of the training.")]] = Field(
        default=(0.3, 0.6, 0.8),
        description="Those times, as rising shares of the training, or with the sampler"
        " second-split of each half.",
    )
    factor: Positive = Field(default=0.2, description="The factor.")


class Cosine(Settings):
    """A cosine schedule."""

    name: Literal["cosine"] = Field(description="The learning rate falls by half a cosine to 0.")


class OneCycle(Settings):
    """A rise and a fall."""

    name: Literal["one-cycle"] = Field(
        description="A linear rise to the learning rate, then a linear fall to 0."
    )
    warmup: Share = Field(default=0.2, description="The rise's share of the training.")


Optimizer = Annotated[Sgd | Adam, Field(discriminator="name")]
Schedule = Annotated[Constant | Steps | Cosine | OneCycle, Field(discriminator="name")]


class Augment(Settings):
    """How images are augmented in training."""

    shift: int = Field(
        default=0,
        ge=0,
        description="Pixels of padding on each side before a random crop of the image's size."
        " 0 - none.",
    )
    flip: bool = Field(
        default=False, description="Mirror an image left to right with a probability of 0.5."
    )
    pad: Literal["black", "mean"] = Field(
        default="black", description="The padding's color - black, or the data set's mean."
    )


class Recipe(Settings):
    """How a network is trained."""

    model: Model
    head: Head = Field(
        default=Head(name="linear"), description="The layer from features to outputs."
    )
    objective: Objective = Field(
        default=Objective(name="cross-entropy"), description="What is minimized."
    )
    sampler: Sampler = Field(
        default=Sampler(name="permutation"),
        description="Which rows an epoch has, and in which order.",
    )
    views: str | MISSING = Field(
        default=MISSING,
        description="What a batch holds of each sample, a file of workflow/hardness/training/views"
        " - twins (two views of each image, cropped, flipped if augment says so, with changed"
        " colors), unnormalized (images as augment says, with pixels in 0..1). Left out - one view,"
        " of normalized images or of rows, as augment says.",
    )
    observe: str | Observers = Field(
        default="dynamics",
        title="an observer (a file of hardness/training/observers), or a list of some",
        description="What is recorded while training on full, files of"
        " workflow/hardness/training/observers - dynamics (the train view of every step), pass"
        " (that, and a pass over all training rows after each epoch), features (of all training"
        " rows after each epoch), input-gradients (of the loss),"
        " label-gradients (of the label's logit after each epoch; together with features). One, or"
        " a list.",
    )
    epochs: Count = Field(description="Passes over as many samples as the training set holds.")
    batch_size: Count = Field(description="Samples per step.")
    optimizer: Optimizer = Field(description="The optimizer and its settings.")
    schedule: Schedule = Field(
        default=Constant(name="constant"), description="The learning rate over the training."
    )
    augment: Augment = Field(
        default=Augment(),
        description="How an image is augmented each time before the network sees it in training.",
    )
    precision: Literal["float32", "bfloat16"] = Field(
        default="float32", description="Type of numbers in the forward and the backward pass."
    )
    device: Literal["any", "gpu"] = Field(
        default="any",
        description="Where it may be trained - gpu refuses to start without a GPU, any uses what"
        " the profile gives.",
    )
    probe_epoch: Count | None = Field(
        default=None,
        description="The epoch after which the probe EL2N is computed."
        " null - 20 if epochs is 200, else round(epochs / 10), at least 1.",
    )
    members_per_job: Count = Field(
        default=1, description="Members of a block, trained at once as one grouped network."
    )
    threads: Count = Field(
        default=1,
        description="Number of torch's threads in training."
        " It is part of the recipe, because another number rounds differently.",
    )
