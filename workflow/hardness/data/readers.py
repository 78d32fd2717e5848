"""What reads a user's own files, by the kind of the source; every key of the source but its kind is
an argument. Each returns the data set, and what is known of its files.
"""

from hardness.data import arrays, imagefolder, recordings, tables

READERS = {
    "image-folder": imagefolder.read,
    "table": tables.read,
    "arrays": arrays.read,
    "recorded": recordings.read,
}
