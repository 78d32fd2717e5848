"""Say what of the results is damaged, missing, or of other code or config."""

import os
import sys
from pathlib import Path

from common import job
from study import verification

terminal = os.dup(sys.stdout.fileno())  # the log gets all that is printed

with job("verify") as snakemake:

    def tell(text: str) -> None:
        print(text, flush=True)
        os.write(terminal, f"{text}\n".encode())

    params = snakemake.params
    found = verification.verify(Path("results"), params.datasets, params.options, tell)
    tell(verification.report(found))
    if found.wrong:
        sys.exit(1)
