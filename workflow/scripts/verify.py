"""Report which results are damaged, missing, or made by other code or another config."""

import os
import sys
from pathlib import Path

from common import job
from study import verification

terminal = os.dup(sys.stdout.fileno())  # `job` redirects all that is printed to the log

with job("verify") as snakemake:

    def tell(text: str) -> None:
        print(text, flush=True)
        os.write(terminal, f"{text}\n".encode())

    params = snakemake.params
    found = verification.verify(Path("results"), params.datasets, params.options, tell)
    tell(verification.report(found))
    if found.wrong:
        sys.exit(1)
