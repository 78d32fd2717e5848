"""What readers see instead of names in the config."""

_ESTIMATORS = {
    "aum": "AUM",
    "el2n": "EL2N",
    "forgetting-paper": "Forgetting (paper)",
    "dataiq": "Data-IQ",
    "el2n-train": "EL2N (train view)",
    "dyn-unc": "Dyn-Unc",
    "dual": "DUAL",
    "psi-difficulty": "PSI difficulty",
}


def estimator_label(name: str) -> str:
    return _ESTIMATORS.get(name, name.replace("-", " ").capitalize())
