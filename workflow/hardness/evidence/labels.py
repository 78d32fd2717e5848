"""What readers see instead of the names of estimators and metrics."""

_LABELS = {
    "aum": "AUM",
    "el2n": "EL2N",
    "forgetting-paper": "Forgetting (paper)",
    "dataiq": "Data-IQ",
    "el2n-train": "EL2N (train view)",
    "dyn-unc": "Dyn-Unc",
    "dual": "DUAL",
    "f1": "F1",
    "mcc": "MCC",
    "psi-difficulty": "PSI difficulty",
}


def estimator_label(name: str) -> str:
    return _LABELS.get(name, name.replace("-", " ").capitalize())
