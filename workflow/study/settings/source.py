"""Where a data set's inputs come from: one class per kind, chosen by the key `kind`."""

from typing import Annotated, Literal

from pydantic import Field, Strict

from .values import AnyOf, AtLeastOne, Count, Positive, Seed, Settings, Share, Text


class Digits(Settings):
    """The embedded images of scikit-learn."""

    kind: Literal["digits"] = Field(description="scikit-learn's 1797 8x8 digits.")
    test_share: Share = Field(
        default=0.2, description="Share of the images that become the test set, stratified."
    )
    split_seed: Seed = Field(default=0, description="Seed of that split.")


class Torchvision(Settings):
    """A public data set that is downloaded."""

    kind: Literal["mnist", "kmnist", "fashionmnist", "cifar10", "cifar100"] = Field(
        description="A data set of torchvision."
    )


class Subset(Settings):
    """A part of another data set."""

    kind: Literal["subset"] = Field(
        description="Some images of another data set of this config, with the same class shares."
    )
    of: str = Field(description="That data set's name.")
    train: Count = Field(description="Number of training images.")
    test: Count = Field(description="Number of test images.")
    seed: Seed = Field(default=0, description="Seed of the choice.")


class Denoised(Settings):
    """Another data set without its hardest training images."""

    kind: Literal["denoised"] = Field(
        description="Another data set of this config without the training images that an estimator"
        " finds hardest."
    )
    of: str = Field(
        description="That data set's name. Its hardness is computed first, by its base recipe."
    )
    estimator: str = Field(default="aum", description="The estimator, one of that data set's.")
    remove: Count | Share | Literal["negative", "elbow"] = Field(
        title="a whole number of at least 1, a share between 0 and 1, negative, or elbow",
        description="How many images are removed - a number of images, a share of them, those with"
        " a score below 0 (negative), or those before the elbow of the cumulative curve (elbow).",
    )


class Parity(Settings):
    """Another data set with its classes merged into two."""

    kind: Literal["parity"] = Field(
        description="Another data set of this config, with two classes: its classes of even and of"
        " odd numbers, which become sub-classes."
    )
    of: str = Field(description="That data set's name.")


class LongTailed(Settings):
    """Another data set with a long tail of small classes."""

    kind: Literal["long-tailed"] = Field(
        description="Another data set of this config, with exponentially fewer training images from"
        " class to class (or from sub-class to sub-class, if it has them)."
    )
    of: str = Field(description="That data set's name.")
    ratio: AtLeastOne = Field(description="Images of the first class for each image of the last.")
    seed: Seed = Field(default=0, description="Seed of the choice.")


class Noisy(Settings):
    """Another data set with label noise."""

    kind: Literal["noisy"] = Field(
        description="Another data set of this config, with a share of its training labels flipped"
        " and the flips recorded."
    )
    of: str = Field(description="That data set's name.")
    rate: Share = Field(description="The share of the training labels that is flipped.")
    pairs: bool = Field(
        default=False,
        description="Flip a label to the class most confused with it (by the members of that data"
        " set's `full`), not to any other.",
    )
    seed: Seed = Field(default=0, description="Seed of the choice.")


class NoisyImages(Settings):
    """Another data set with image noise."""

    kind: Literal["noisy-images"] = Field(
        description="Another data set of this config, with a share of its training images spoiled"
        " - a third of them mixed with an image of another class, a third blurred, a third with"
        " Gaussian noise. Labels stay."
    )
    of: str = Field(description="That data set's name.")
    rate: Share = Field(description="The share of the training images that is spoiled.")
    seed: Seed = Field(default=0, description="Seed of the choice.")


class ImageFolder(Settings):
    """A folder of the user's own images."""

    kind: Literal["image-folder"] = Field(
        description="Your own images - a folder of class folders, or train/ and test/ with class"
        " folders each."
    )
    path: Text = Field(description="The folder.")
    size: Count | Annotated[tuple[Count, Count], Strict(False)] | None = Field(
        default=None,
        title="a whole number of at least 1, or two of them",
        description="Resolution in pixels - of a square, or [height, width]. Images are resized to"
        " cover it and center-cropped. null - all have one size, which they keep.",
    )
    color: Literal["rgb", "grey"] = Field(
        default="rgb", description="Channels of the images, whatever the files hold."
    )
    test_share: Share = Field(
        default=0.2,
        description="Share of each class that becomes the test set, if the folder has no train/"
        " and test/.",
    )
    split_seed: Seed = Field(default=0, description="Seed of that split.")
    unreadable: Literal["fail", "drop"] = Field(
        default="fail", description="What to do about files that are empty, damaged or too large."
    )
    duplicates: Literal["fail", "keep", "drop"] = Field(
        default="fail",
        description="What to do about images that occur more than once, pixel by pixel."
        " drop keeps the first of them, or none if their classes differ.",
    )
    most_megapixels: Positive = Field(
        default=100,
        description="The most pixels, in millions, that may be decoded of one image. With a size,"
        " a JPEG is decoded at a half to an eighth of its own size, which then counts.",
    )
    most_left_out: Share = Field(
        default=0.1,
        description="The largest share of the images, of all or of a class, that may be left out"
        " because they are of a format that is not read, dropped as unreadable, or lie outside"
        " the class folders. If more would be left out, the folder is refused.",
    )


class Table(Settings):
    """A table of the user's own."""

    kind: Literal["table"] = Field(
        description="Your own table - a csv file (UTF-8, commas, a line of column names), or a"
        " folder with train.csv and test.csv."
    )
    path: Text = Field(
        description="The file, or the folder. {data_dir} in it stands for the value of that key."
    )
    label: Text = Field(description="The column of the classes. Their names stay text, such as 01.")
    exclude: AnyOf[Annotated[str, Field(description="A column's name.")]] = Field(
        default=(), description="Columns that are left out. All others are inputs."
    )
    standardize: bool = Field(
        default=True,
        description="Subtract each column's mean and divide by its standard deviation, both of the"
        " training part.",
    )
    missing: Literal["refuse", "drop"] = Field(
        default="refuse",
        description="What to do about rows that lack a value (an empty field, ?, and in a column of"
        " numbers NA, N/A, null, None, NaN).",
    )
    text: Literal["refuse", "one-hot"] = Field(
        default="refuse",
        description="What to do about columns of text. one-hot - an input of 0 or 1 for each of"
        " the column's values.",
    )
    test_share: Share = Field(
        default=0.2,
        description="Share of the rows that becomes the test set, stratified, if there is no"
        " test.csv.",
    )
    split_seed: Seed = Field(default=0, description="Seed of that split.")


class Arrays(Settings):
    """Arrays of the user's own."""

    kind: Literal["arrays"] = Field(
        description="Your own arrays - an npz with train_inputs, train_labels, test_inputs,"
        " test_labels, or with inputs and labels; and optionally class_names."
    )
    path: Text = Field(description="The file.")
    inputs: Literal["images", "rows"] = Field(
        default="images",
        description="What it holds - images, uint8 (n, height, width, channels), or rows, floats"
        " (n, columns).",
    )
    standardize: bool = Field(
        default=True,
        description="For rows - subtract each column's mean and divide by its standard deviation,"
        " both of the training part.",
    )
    test_share: Share = Field(
        default=0.2,
        description="Share of the inputs that becomes the test set, stratified, if the file has"
        " no test_inputs.",
    )
    split_seed: Seed = Field(default=0, description="Seed of that split.")


class Recorded(Settings):
    """What was recorded in the user's own training."""

    kind: Literal["recorded"] = Field(
        description="Recordings of your own training, made by hardness.recorder. Nothing is trained"
        " - the recipe is `recorded`."
    )
    path: Text = Field(
        description="A folder with a file seed-*.npz for each network. It may hold samples.csv, a"
        " row per sample with columns file or text, and label (the class's name)."
    )
    members: Count = Field(
        description="How many of the networks trained on each sample - all, unless they are of"
        " folds. This is also the default of each of the data set's `ensembles`."
    )
    size: Count | None = Field(
        default=None,
        description="Side in pixels of small pictures of the samples, made from the recording's"
        " folder `images` and the column `file` of samples.csv. null - no pictures.",
    )
    missing: bool = Field(
        default=False,
        description="Whether samples may be missing in some epochs. Only aum allows that.",
    )
    held_out: bool = Field(
        default=False,
        description="Whether there are predictions of every sample by networks that did not train"
        " on it.",
    )


class Whole(Settings):
    """All of another data set."""

    kind: Literal["whole"] = Field(
        description="Another data set of this config, its training and test samples together, as"
        " training set and as test set."
    )
    of: str = Field(description="That data set's name.")


# made from another data set, `of`
Derived = Subset | Denoised | Parity | LongTailed | Noisy | NoisyImages | Whole
OwnFiles = ImageFolder | Table | Arrays | Recorded  # read from the user's own `path`
Source = Annotated[Digits | Torchvision | Derived | OwnFiles, Field(discriminator="kind")]
