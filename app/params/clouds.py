"""The table of what is set for one cloud alone (`tagsight clouds set`); what is absent follows the installation."""

from typing import Annotated

from pydantic import BeforeValidator

from app.params.kinds import Csv, Flag, P, Params, Text
from app.signing import ALGORITHMS

MODES = ("dynamic", "fixed")


def _algorithm(value: object) -> object:
    word = str(value).strip().lower()
    if word not in ALGORITHMS.values():
        raise ValueError(f"expected {' or '.join(ALGORITHMS.values())}")
    return word


def _mode(value: object) -> object:
    word = str(value).strip().lower()
    if word not in MODES:
        raise ValueError(f"expected {' or '.join(MODES)}")
    return word


class CloudSettings(Params):
    """One cloud's own settings."""

    signature_algorithm: Annotated[str, BeforeValidator(_algorithm)] = P(
        "Hash of the signatures that answers carry where the request showed none: sha1 or sha256.", default="sha1"
    )
    folder_mode: Annotated[str, BeforeValidator(_mode)] = P(
        "dynamic: folders and public IDs are independent; fixed: a folder is the start of the public IDs in it.", default="dynamic"
    )
    strict_transformations: Flag = P("Render only what is signed, named and allowed, eager, or rendered before.", default=False)
    resource_list: Flag = P("Whether anybody may list a tag (`/image/list/<tag>.json`); else by signed URL.", default=False)
    fetch_domains: Csv = P("Hosts whose pictures `/image/fetch/` may deliver; `*.host` for those below it. None by default.")
    auth_token_key: Text = P("Hexadecimal key of the tokens that open restricted assets (`__cld_token__`).")
