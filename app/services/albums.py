"""Multi, sprite and explode with their notices: while the caller waits, or in a job."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.db.assets import Asset
from app.db.engine import Database
from app.errors import Failure
from app.params.composing import ComposeParams
from app.params.upload import TRANSPORT
from app.services.accounts import Accounts, Caller
from app.services.composing import Composing
from app.services.notices import Notices, Wish
from app.services.uploads import Shape, Stored
from app.work import Queue

LINKED = ("public_id", "version", "asset_id", "url", "secure_url")


@dataclass(frozen=True, slots=True)
class Albums:
    db: Database
    queue: Queue
    accounts: Accounts
    composing: Composing
    notices: Notices
    shape: Shape

    def later(self, caller: Caller, event: str, raw: Mapping[str, object], wish: Wish) -> None:
        """Promise one; `event` is multi, sprite or explode."""
        kept = {name: value for name, value in raw.items() if name not in TRANSPORT}
        said: dict[str, Any] = {"caller": caller.written(), "event": event, "raw": kept, "wish": wish.written()}
        with self.db.begin() as tx:
            self.queue.enqueue(tx, "compose", priority=wish.priority, **said)

    def compose(self, caller: dict[str, Any], event: str, raw: dict[str, object], wish: dict[str, Any]) -> None:
        """The job. What the caller got wrong is told; what is ours is tried again."""
        who, told = self.accounts.again(**caller), Wish.read(wish)
        try:
            if event == "explode":
                self._explode(who, raw, told)
            else:
                self.now(who, event, raw, told)
        except Failure as failure:
            if failure.status >= 500:
                raise
            with self.db.begin() as tx:
                self.notices.announce(tx, who, "error", {"error": {"message": failure.message}}, told)

    def now(self, caller: Caller, event: str, raw: Mapping[str, object], wish: Wish) -> tuple[Asset, dict[str, Any]]:
        """Make it and tell of it; the stored picture, and the answer's body."""
        params = ComposeParams.read(raw)
        if event == "sprite":
            stored, places = self.composing.sprite(caller, params)
            body = self._sprite(caller, stored, places, wish)
        else:
            stored = self.composing.multi(caller, params)
            whole = self.shape(caller, stored, wish.base)
            body = {name: whole[name] for name in LINKED}
        with self.db.begin() as tx:
            self.notices.announce(tx, caller, event, body, wish)
        return stored.asset, body

    def _sprite(self, caller: Caller, stored: Stored, places: Mapping[str, Any], wish: Wish) -> dict[str, Any]:
        whole = self.shape(caller, stored, wish.base)
        body: dict[str, Any] = {
            "public_id": stored.asset.public_id,
            "version": stored.asset.version,
            "asset_id": stored.asset.asset_id,
        }
        for kind, ending in (("css", "css"), ("image", "png"), ("json", "json")):
            for prefix, name in (("", "url"), ("secure_", "secure_url")):
                body[f"{prefix}{kind}_url"] = str(whole[name]).removesuffix(".png") + f".{ending}"
        return body | {"image_infos": dict(places)}

    def _explode(self, caller: Caller, raw: Mapping[str, object], wish: Wish) -> None:
        made = self.composing.pages(caller, raw)
        pages = [{name: self.shape(caller, item, wish.base)[name] for name in LINKED} for item in made]
        body = {"public_id": str(raw.get("public_id", "")), "pages": pages}
        with self.db.begin() as tx:
            self.notices.announce(tx, caller, "explode", body, wish)
