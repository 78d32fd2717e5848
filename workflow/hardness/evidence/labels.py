"""Labels that readers see for the names of estimators and metrics."""

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
    "el2n-final": "EL2N (final)",
    "cleanlab-out-of-fold": "Cleanlab (out of fold)",
    "margin-out-of-fold": "Margin (out of fold)",
    "el2n-out-of-fold": "EL2N (out of fold)",
    "volume-printed": "V (printed)",
    "volume": "V",
    "volume-unit": "V (d = 1)",
    "max-lambda": "max λ",
    "avg-lambda": "avg λ",
    "ma2023-mean": "MC (Ma)",
    "ma2023-gauss": "GC (Ma)",
    "quadric-mean": "MC (quadric)",
    "quadric-gauss": "GC (quadric)",
}
_LABELS |= {
    "msd": "MSD",
    "msd-std": "MSD (deviation)",
    "msd-discrepancy": "MSD (discrepancy)",
    "msd-relative": "MSD / norm²",
    "msd-labelled": "MSD (with labels)",
    "lgn": "LGN",
    "grand": "GraNd",
    "vog": "VoG",
    "rho": "RHO",
    "bald": "BALD",
    "ssft": "SSFT",
    "fslt": "FSLT",
    "feature-norm": "Norm of the feature",
    "contrast": "Pixel contrast",
    "lid-features": "LID (features)",
    "ad-features": "AD (features)",
}
_ACRONYMS = (
    "dcc", "mdsc", "adsc", "dnoc", "mdoc", "adoc", "n3", "cp", "cdr", "mdr", "adr", "ad", "lid",
)  # fmt: skip


def estimator_label(name: str) -> str:
    if name in _ACRONYMS:
        return name.upper()
    return _LABELS.get(name, name.replace("-", " ").capitalize())
