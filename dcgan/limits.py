"""What a field accepts, in English words made from the field itself.

Owns the sentences of the command line and of errors; the pages say the same in their reader's language (`ui.forms`).
"""

from collections.abc import Mapping
from typing import Any


def describe_limits(schema: Mapping[str, Any]) -> str:
    """Return what a property of a JSON schema accepts: "a whole number from 1 to 10,000"."""
    if "anyOf" in schema:
        parts = schema["anyOf"]
        return " or ".join("empty" if part.get("type") == "null" else describe_limits(part) for part in parts)
    if "const" in schema:
        return f"only {schema['const']}"
    if "enum" in schema:
        return "one of " + ", ".join(str(value) for value in schema["enum"])
    if schema["type"] == "boolean":
        return "true or false"
    if schema["type"] == "string":
        return "a name of lower-case letters, digits and hyphens"
    kind = "a whole number" if schema["type"] == "integer" else "a number"
    low = f"from {_plain(schema['minimum'])}" if "minimum" in schema else f"above {_plain(schema['exclusiveMinimum'])}"
    high = (
        f"to {_plain(schema['maximum'])}" if "maximum" in schema else f"to below {_plain(schema['exclusiveMaximum'])}"
    )
    return f"{kind} {low} {high}"


def _plain(number: float) -> str:
    """A limit as a person writes it: 10,000 or 0.5."""
    return f"{int(number):,}" if number == int(number) else f"{number:g}"
