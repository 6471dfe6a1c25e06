"""An upload on its way: who sends it, what is said of it, and what the caller waits for."""

from dataclasses import dataclass

from app.params.upload import UploadParams
from app.services.accounts import Caller
from app.services.notices import Wish


@dataclass(frozen=True, slots=True)
class Draft:
    """An upload on its way: who sends it, what is said of it, what it is and is called, and which version it becomes."""

    caller: Caller
    params: UploadParams
    kind: str
    name: str
    filename: str
    wish: Wish
    later: bool
    version_id: str

    @property
    def keep_old(self) -> bool:
        return self.caller.unsigned or self.params.overwrite is False

    @property
    def renders(self) -> bool:
        """Whether the caller waits for eager transformations."""
        return bool(self.params.eager) and self.kind == "image" and not (self.later or self.params.eager_async)

    @property
    def waits(self) -> bool:
        """Whether it is complete, and told, only after something is rendered."""
        return self.renders or bool(self.params.responsive_breakpoints and self.kind == "image" and not self.later)
