"""Pictures that are fetched when they are first delivered: by `/image/fetch/`, and below a mapped folder."""

from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from app.db import assets, mappings
from app.db.assets import Asset
from app.db.engine import Database
from app.errors import BadRequest, NotFound, Unauthorized
from app.params.upload import UploadParams
from app.services.accounts import Accounts, CloudKeys
from app.services.intake import Intake
from app.services.naming import FETCHED, LONGEST
from app.services.uploads import Uploads


@dataclass(frozen=True, slots=True)
class Remote:
    db: Database
    accounts: Accounts
    intake: Intake
    uploads: Uploads

    def fetched(self, keys: CloudKeys, url: str, signed: bool) -> Asset:
        """The picture behind an address, kept under that address. Raises Unauthorized where its host is not allowed."""
        host = urlsplit(url).hostname or ""
        if urlsplit(url).scheme not in ("http", "https") or not host or len(url) > LONGEST:
            raise BadRequest(f"Invalid fetch URL {url[:200]}: expected http(s) and at most {LONGEST} characters")
        if not (signed or any(_covers(rule, host) for rule in keys.settings.fetch_domains or ())):
            raise Unauthorized(f"Fetching from {host[:200]} is not allowed; sign the URL or add the host to fetch_domains")
        with self.db.read() as c:
            found = assets.find(c, keys.cloud_id, "image", FETCHED, url)
        return found or self._store(keys, url, {"public_id": url, "type": FETCHED})

    def mapped(self, keys: CloudKeys, resource_type: str, name: str) -> Asset | None:
        """The asset below a mapped folder; None where no mapping reaches or the remote place has no such file."""
        with self.db.read() as c:
            mapping = mappings.longest(c, keys.cloud_id, name)
        if mapping is None or resource_type not in ("image", "raw", "video"):
            return None
        rest = name.removeprefix(f"{mapping.folder}/")
        public_id = name if resource_type == "raw" or "." not in rest else name.rpartition(".")[0]
        try:
            return self._store(keys, mapping.template + quote(rest), {"public_id": public_id, "type": "upload"}, resource_type)
        except NotFound:
            return None

    def _store(self, keys: CloudKeys, url: str, said: dict[str, object], wanted: str = "image") -> Asset:
        file = self.intake.resolve(self.intake.note(url))
        try:
            return self.uploads.create(self.accounts.anonymous(keys.cloud), UploadParams.read(said), file, wanted).asset
        finally:
            file.path.unlink(missing_ok=True)


def _covers(rule: str, host: str) -> bool:
    rule, host = rule.lower().strip(), host.lower()
    return host.endswith(rule[1:]) if rule.startswith("*.") else host == rule
