"""The functions that read a user's own files, by the source's kind. The source's other keys are
their arguments. Each returns the data set and its provenance.
"""

from hardness.data import arrays, imagefolder, recordings, tables

READERS = {
    "image-folder": imagefolder.read,
    "table": tables.read,
    "arrays": arrays.read,
    "recorded": recordings.read,
}
