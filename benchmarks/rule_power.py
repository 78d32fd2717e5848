"""Simulate how often the rule of each published claim says reproduced: if the claim is exactly
true, and if it is not. Writes workflow/claims-power.csv:

    PYTHONPATH=workflow python benchmarks/rule_power.py

Each measure has a model of its result in a study with the paper's number of members (rule_models/),
and the package's own rule judges that, thousands of times. The noise of a class's recall follows
from the ± of the paper's Tables I and II. Noise that the paper does not print is assumed, and the
csv says so (rule_models/noise.py).

"If true" means the number as printed or, if the rule asks for a sign, an order or a bound, the
effect that `true` names. "If null" means no effect or, for an equivalence, the edge of its
tolerance. Of several quantities only one is so then, and the others are as if the claim were true:
where each of them can fail, this is the case in which the rule passes most easily.
"""

import sys

from hardness.evidence import claims
from rule_models import recall, sizes, stability, tables  # noqa: F401 - they register their models
from rule_models.chances import row_of, save
from study import needs
from study.strict import read_strictly

if __name__ == "__main__":
    wanted = sys.argv[1:]
    table = [
        row_of(claim)
        for claim in claims.checked(read_strictly(needs.PUBLISHED)).claims
        if claim.later is None and (not wanted or claim.id in wanted)
    ]
    if not wanted:
        save(needs.PUBLISHED, table)
