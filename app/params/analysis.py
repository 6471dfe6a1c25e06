"""The tables of Analyze API parameters: the module-first call and the classic one."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict

from app.errors import BadRequest
from app.params.kinds import Flag, P, Params, Text


def _source(value: object) -> object:
    if not isinstance(value, Mapping) or len([True for name in ("uri", "asset_id") if value.get(name)]) != 1:
        raise ValueError('expected {"uri": "…"} or {"asset_id": "…"}')
    return {name: str(value[name]) for name in ("uri", "asset_id") if value.get(name)}


Source = Annotated[dict[str, str] | None, BeforeValidator(_source)]


class AnalyzeParams(Params):
    """`POST /v2/analysis/<cloud>/analyze/<model>`."""

    model_config = ConfigDict(alias_generator=lambda name: name.rstrip("_"))  # `async` is a word of Python's own

    source: Source = P('The picture: {"uri": "…"} (http, https or data) or {"asset_id": "…"} of a stored asset.')
    async_: Flag = P("Not served yet: leave it out or send false, and the answer is the analysis.")

    @classmethod
    def checked(cls, raw: Mapping[str, object]) -> dict[str, str]:
        """The source. Raises BadRequest."""
        params = cls.read(raw)
        if params.async_:
            raise BadRequest(
                "Async analysis is not served yet by this server; leave async out and read the analysis from the answer"
            )
        if params.source is None:
            raise BadRequest.missing("source")
        return params.source


class ClassicParams(Params):
    """`POST /v2/<cloud>/analysis/analyze/uri`."""

    uri: Text = P("The picture: an http, https or data URI.")
    analysis_type: Text = P("The detector.")
    parameters: Any = P("Accepted; no detector here takes any.")

    @classmethod
    def checked(cls, raw: Mapping[str, object]) -> tuple[str, dict[str, str]]:
        """The detector's name and the source. Raises BadRequest."""
        params = cls.read(raw)
        if not params.uri or not params.analysis_type:
            raise BadRequest.missing("analysis_type" if params.uri else "uri")
        return params.analysis_type, {"uri": params.uri}
