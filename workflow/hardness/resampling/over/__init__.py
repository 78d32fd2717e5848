"""Oversamplers: one file each, found by its name.

A file holds NEEDS, the fewest samples of a class that it can add to, and
`sample(images, members, hardness_order, count, rng) -> (source, new)`, which adds `count` samples
to one class: images (n, H, W, C) uint8 of the data set; members (n_c,) the class's rows in it;
hardness_order (n_c,) the same rows from the easiest to the hardest; rng a numpy Generator, the only
source of chance. Returns source (count,) int64, the rows that are repeated, and None; or -1s and
the synthetic images, (count, H, W, C) uint8.
"""
