"""The base class of the config's classes, and types of values that many keys share.

Each constraint is defined here once, under a name that says what is allowed.
"""

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, Strict, ValidationError, WrapValidator
from pydantic_core import InitErrorDetails, PydanticCustomError

REPEATED = "repeated"  # the type of our own error: an item that is in a list more than once

Item = TypeVar("Item")
Check = Callable[[Any], Any]


class Settings(BaseModel):
    """Keys of the config: no other key is allowed, no value is converted, all are immutable."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


def _as_given(value: Any, check: Check) -> Any:
    """Return a checked number as it was written: 1 stays 1, whereas pydantic would return 1.0.

    Numbers are part of file names, params and the store's keys.
    """
    check(value)
    return value


def repeated(values: Any) -> list[Any]:
    """Return the items of a list that equal an earlier one; true does not equal 1."""
    if not isinstance(values, list | tuple):
        return []
    typed = [(isinstance(value, bool), value) for value in values]
    return [value for index, (_, value) in enumerate(typed) if typed[index] in typed[:index]]


def _each_once(values: Any, check: Check) -> Any:
    """Check a list and that no item repeats. Wrong items are reported along with repeated ones."""
    if not repeated(values):
        return check(values)
    again = PydanticCustomError(REPEATED, "every item may be given once")
    problems = [InitErrorDetails(type=again, input=values)]
    try:
        check(values)
    except ValidationError as error:
        problems += [
            InitErrorDetails(
                type=one["type"], loc=one["loc"], input=one["input"], ctx=one.get("ctx", {})
            )
            for one in error.errors(include_url=False)
        ]
    raise ValidationError.from_exception_data("list", problems)


AS_GIVEN = WrapValidator(_as_given)
ONCE = (WrapValidator(_each_once), Field(json_schema_extra={"uniqueItems": True}))

# Whole numbers
Count = Annotated[int, Field(ge=1)]
Seed = Annotated[int, Field(ge=0)]
Percent = Annotated[int, Field(ge=1, le=99)]

# Numbers
Positive = Annotated[float, Field(gt=0), AS_GIVEN]
NotNegative = Annotated[float, Field(ge=0), AS_GIVEN]
AtLeastOne = Annotated[float, Field(ge=1), AS_GIVEN]
Share = Annotated[float, Field(gt=0, lt=1), AS_GIVEN]

# Texts
Text = Annotated[str, Field(min_length=1)]
Name = Annotated[
    str,
    Field(
        pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$",
        title="a name of lower-case letters and digits, in words parted by single hyphens",
    ),
]

# The lists of YAML become tuples, which are immutable
Listed = Annotated[tuple[Item, ...], Strict(False)]
AnyOf = Annotated[tuple[Item, ...], Strict(False), *ONCE]
SomeOf = Annotated[tuple[Item, ...], Strict(False), Field(min_length=1), *ONCE]
