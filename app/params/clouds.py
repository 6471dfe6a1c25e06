"""The table of what is set for one cloud alone (`tagsight clouds set`); what is absent follows the installation."""

from typing import Annotated

from pydantic import BeforeValidator

from app.params.kinds import P, Params
from app.signing import ALGORITHMS


def _algorithm(value: object) -> object:
    word = str(value).strip().lower()
    if word not in ALGORITHMS.values():
        raise ValueError(f"expected {' or '.join(ALGORITHMS.values())}")
    return word


class CloudSettings(Params):
    """One cloud's own settings."""

    signature_algorithm: Annotated[str, BeforeValidator(_algorithm)] = P(
        "Hash of the signatures that answers carry where the request showed none: sha1 or sha256.", default="sha1"
    )
