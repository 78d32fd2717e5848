"""Undersamplers: one file each, found by its name.

A file holds `keep(hardness_order, count) -> rows`: hardness_order (n_c,) one class's rows from the
easiest to the hardest, count 0..n_c. Returns the (count,) rows that stay.
"""
