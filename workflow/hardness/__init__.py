"""How hard each sample and each class of a data set is to learn, and what resampling by hardness
does.

Plain functions on arrays; nothing here knows Snakemake, the config or results/. Imports run one
way: names, codedigest, artifacts, datasets, duplicates, imagefolder, dynamics, store, devices,
models, augmentation, optimization, cudagraph, training, __main__, estimators, derived, statistics,
noise, allocation, resampling, pruning, composition, stability, evaluation, inference, variance,
pooling, effects, measures, claims, plots, tables.
"""
