"""How hard each sample and each class of a data set is to learn, and what resampling by hardness does.

Plain functions on arrays; nothing here knows Snakemake, the config or results/. Imports run one way: artifacts,
datasets, dynamics, models, augmentation, training, estimators, allocation, resampling, pruning, statistics, stability,
evaluation, plots, tables.
"""
