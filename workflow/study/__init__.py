"""Reading the study: its config, checked, and the digests of its code; used by the Snakefile, never
by the package.
"""
