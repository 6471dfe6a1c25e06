"""Pictures that are fetched when they are first delivered: by `/image/fetch/`, and below a mapped folder."""

from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from app.db import assets, mappings
from app.db.assets import Asset
from app.db.engine import Database
from app.errors import BadRequest, NotFound, Unauthorized
from app.params.upload import UploadParams
from app.services.accounts import Accounts, CloudKeys
from app.services.intake import Incoming, Intake
from app.services.naming import FETCHED, LONGEST
from app.services.scenes import Trust
from app.services.uploads import Uploads


@dataclass(frozen=True, slots=True)
class Far:
    """A file that is yet to be fetched, and the asset it will be."""

    cloud: str
    url: str
    resource_type: str
    type: str
    public_id: str

    @property
    def key(self) -> str:
        """The same for all who wait for it."""
        return f"fetch {self.cloud} {self.resource_type} {self.type} {self.public_id}"


@dataclass(frozen=True, slots=True)
class Remote:
    db: Database
    accounts: Accounts
    intake: Intake
    uploads: Uploads

    def fetched(self, keys: CloudKeys, url: str, trust: Trust) -> Asset | Far:
        """The picture kept under an address, or that it is to be fetched. Raises Unauthorized where its host is not allowed."""
        host = urlsplit(url).hostname or ""
        if urlsplit(url).scheme not in ("http", "https") or not host or len(url) > LONGEST:
            raise BadRequest(f"Invalid fetch URL {url[:200]}: expected http(s) and at most {LONGEST} characters")
        if not trust.reaches(url):
            raise Unauthorized(f"Fetching from {host[:200]} is not allowed; sign the URL or add the host to fetch_domains")
        with self.db.read() as c:
            found = assets.find(c, keys.cloud_id, "image", FETCHED, url)
        return found or Far(keys.cloud, url, "image", FETCHED, url)

    def mapped(self, keys: CloudKeys, resource_type: str, name: str) -> Far | None:
        """Where a file below a mapped folder is; None where no mapping reaches, or the name leads out of the folder."""
        with self.db.read() as c:
            mapping = mappings.longest(c, keys.cloud_id, name)
        if mapping is None or resource_type not in ("image", "raw", "video") or {".", ".."} & set(name.split("/")):
            return None
        rest = name.removeprefix(f"{mapping.folder}/")
        public_id = name if resource_type == "raw" or "." not in rest else name.rpartition(".")[0]
        return Far(keys.cloud, mapping.template + quote(rest), resource_type, "upload", public_id)

    def download(self, far: Far) -> Incoming | None:
        """The file itself; None where there is none. It waits for the network."""
        try:
            return self.intake.resolve(self.intake.note(far.url))
        except NotFound:
            return None

    def keep(self, far: Far, file: Incoming) -> None:
        """Store a file as the asset it was fetched for."""
        said = {"public_id": far.public_id, "type": far.type}
        try:
            self.uploads.create(self.accounts.anonymous(far.cloud), UploadParams.read(said), file, far.resource_type)
        finally:
            file.path.unlink(missing_ok=True)
