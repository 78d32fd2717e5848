from hardness.core.names import nearest


def test_of_many_names_both_ends_are_listed():
    """A user's own data sets come last in the config."""
    names = [f"set-{place}" for place in range(66)] + ["mine"]
    said = nearest("zzz", names)
    assert said.startswith("known are set-0, set-1, ") and said.endswith(", mine (67 in all)")
    assert len(said) < 250 and "set-30" not in said


def test_few_names_are_all_listed():
    names = [f"set-{place}" for place in range(20)]
    assert nearest("zzz", names) == f"known are {', '.join(names)}"
    assert nearest("zzz", []) == "none is known"
