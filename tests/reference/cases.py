"""What a case of reference values holds: results, refusals and warnings, as JSON can hold them."""
from __future__ import annotations

import warnings

import numpy as np


def attempt(call):
    """(result, fields): what `call` returned, and its warnings or its error as fields of a case."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result, fields = call(), {}
        except Exception as error:  # noqa: BLE001 - the refusal is the reference value
            result, fields = None, {"error": f"{type(error).__name__}: {error}".split("\n")[0]}
    texts = sorted({str(w.message).split("\n")[0] for w in caught if issubclass(w.category, UserWarning)})
    if texts:
        fields["warnings"] = texts
    return result, fields


def plain(value):
    """A parameter as JSON can hold it."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    return value


def number(value) -> float | str:
    """A float as JSON can hold it: inf and nan by name."""
    value = float(value)
    return value if np.isfinite(value) else repr(value)
