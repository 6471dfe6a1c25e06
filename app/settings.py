"""The environment, typed: one field a setting, each with a sentence. `docs/settings.md` is generated from this class."""

from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

MEGABYTE = 1024 * 1024
SHORTEST_PASSWORD = 12


class Credentials(BaseModel):
    """What a CLOUDINARY_URL says: cloudinary://api_key:api_secret@cloud_name."""

    cloud: str
    key: str
    secret: str

    @classmethod
    def parse(cls, url: str) -> "Credentials":
        parts = urlsplit(url)
        if parts.scheme != "cloudinary" or not (parts.username and parts.password and parts.hostname):
            raise ValueError("expected cloudinary://api_key:api_secret@cloud_name")
        cloud = parts.netloc.rpartition("@")[2]  # `hostname` would lower its case
        return cls(cloud=cloud, key=unquote(parts.username), secret=unquote(parts.password))


class Settings(BaseSettings):
    """Everything an operator may set. Defaults are safe for one machine; credentials have none."""

    model_config = SettingsConfigDict(env_prefix="", extra="ignore", secrets_dir=None)

    cloudinary_url: str = Field("", description="Credentials, as the SDKs write them: cloudinary://api_key:api_secret@cloud.")
    data_dir: Path = Field(Path("data"), description="Folder of the embedded database, the stored files and added models.")
    database_url: str = Field(
        "", description="postgresql://user@host/database, with the extra [scale]; empty means SQLite in the data folder."
    )
    storage_url: str = Field(
        "",
        description="Where files are: the data folder, file:///another/folder, or, with the extra [scale], "
        "s3://key:secret@host:port/bucket?region=…&tls=true&silence=15.",
    )
    public_url: str = Field("", description="Scheme and host clients see, for url and secure_url; empty means the request's own.")
    models_dir: Path | None = Field(None, description="A model folder with registry.toml, laid over the bundled one.")
    fonts_dir: Path | None = Field(None, description="Folder of typefaces that text may use, by family or file name.")
    inference_url: str = Field(
        "", description="Where models run: empty or onnx: in this process, http(s)://… on a v2 inference server."
    )
    inference_binary: Literal["auto", "always", "never"] = Field(
        "auto", description="Tensors to that server as bytes: auto (if it says it can), always or never (JSON)."
    )
    inference_seconds: float = Field(30.0, gt=0, description="How long that server may be silent before a model counts as failed.")
    max_model_bytes: int = Field(1024 * MEGABYTE, gt=0, description="Largest model file that `tagsight models add` takes.")
    compute_threads: int = Field(0, ge=0, description="Threads that decode and detect; 0 means one a core.")
    waiting_line: int = Field(64, ge=0, description="Uploads that may wait for a compute thread before 420 is answered.")
    max_body_bytes: int = Field(100 * MEGABYTE, gt=0, description="Largest request body, streamed to disk.")
    max_file_bytes: int = Field(10 * 1024 * MEGABYTE, gt=0, description="Largest file that may be sent in chunks.")
    max_text_bytes: int = Field(64 * MEGABYTE, gt=0, description="Largest JSON or urlencoded body, which is held in memory.")
    max_field_bytes: int = Field(MEGABYTE, gt=0, description="Largest multipart field other than file (which goes to disk).")
    max_parts: int = Field(2000, gt=0, description="Most parts or fields in one request.")
    max_pixels: int = Field(50_000_000, gt=0, description="Most pixels of a picture, read from its header before decoding.")
    max_decoded_bytes: int = Field(256 * MEGABYTE, gt=0, description="Most memory one decoded picture may take.")
    max_rendered_pixels: int = Field(25_000_000, gt=0, description="Most pixels of a rendered picture, at every stage.")
    max_rendering_bytes: int = Field(
        2048 * MEGABYTE, gt=0, description="Memory all renderings may take together, by estimate; one that needs more is refused."
    )
    delivery_memory_bytes: int = Field(
        64 * MEGABYTE,
        ge=0,
        description="Memory for delivered files that are asked for again; 0 for none, as behind a caching proxy.",
    )
    image_formats: Annotated[tuple[str, ...], NoDecode] = Field(
        ("jpg", "png", "webp", "gif", "bmp", "tiff", "avif", "ico", "pdf"),
        description="Formats accepted as images, comma separated.",
    )
    fetch_seconds: float = Field(30.0, gt=0, description="Time a remote upload may take in all.")
    fetch_redirects: int = Field(3, ge=0, description="Redirects a remote upload may follow; each is checked again.")
    fetch_allow: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Networks in CIDR form that remote uploads may reach although they are private."
    )
    console_password: str = Field(
        "", description="Opens the console to all clouds, beside API keys; at least 12 characters. Empty for none."
    )
    console_demo: bool = Field(
        False, description="The console without sign-in, for a browser on this machine while `serve` listens to it alone."
    )
    signature_seconds: int = Field(3600, gt=0, description="How old or how far ahead a signed timestamp may be.")
    signature_version_1: bool = Field(True, description="Whether version 1 of the signing rule is accepted beside version 2.")
    search_seconds: float = Field(10.0, gt=0, description="Time one search may take in the database; a slower one is refused.")
    rate_limit: int = Field(1_000_000, gt=0, description="Admin calls an hour and key, as the rate-limit headers report it.")
    unsigned_rate_limit: int = Field(1000, gt=0, description="Unsigned uploads an hour and address; 420 above it.")
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Addresses or networks whose X-Forwarded-For and X-Forwarded-Proto are believed; else the connection counts.",
    )
    queues: Annotated[tuple[str, ...], NoDecode] = Field(
        ("all",), description="Queues whose jobs `serve` works off itself, comma separated; all, or none beside `tagsight worker`."
    )
    webhook_workers: int = Field(8, gt=0, description="Webhooks one process sends, and remote files it fetches, at once.")
    webhook_seconds: float = Field(20.0, gt=0, description="Time one try of a webhook may take in all.")
    webhook_waits: Annotated[tuple[int, ...], NoDecode] = Field(
        (180, 360, 540, 1800, 7200, 21600, 43200),
        description="Seconds before each further try of a webhook; then it has failed.",
    )
    lease_seconds: float = Field(
        30.0, gt=0, description="How long a dead or hanging worker's job waits before another one takes it."
    )
    poll_seconds: float = Field(
        1.0, gt=0, description="How late jobs of other processes are seen on SQLite; all others start at once."
    )
    log_json: bool = Field(False, description="Log lines as JSON.")

    @field_validator("image_formats", "fetch_allow", "trusted_proxies", "queues", "webhook_waits", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(item.strip() for item in value.split(",") if item.strip()) if isinstance(value, str) else value

    @field_validator("cloudinary_url")
    @classmethod
    def _check_url(cls, value: str) -> str:
        if value:
            Credentials.parse(value)
        return value

    @field_validator("console_password")
    @classmethod
    def _check_password(cls, value: str) -> str:
        if value and len(value) < SHORTEST_PASSWORD:
            raise ValueError(f"expected at least {SHORTEST_PASSWORD} characters")
        return value

    @field_validator("inference_url")
    @classmethod
    def _check_inference(cls, value: str) -> str:
        if value and value != "onnx:" and not (urlsplit(value).scheme in ("http", "https") and urlsplit(value).hostname):
            raise ValueError("expected onnx: or http(s)://host:port")
        return value

    @cached_property
    def credentials(self) -> Credentials | None:
        return Credentials.parse(self.cloudinary_url) if self.cloudinary_url else None

    @property
    def cloud_name(self) -> str:
        """The environment's own cloud."""
        return self.credentials.cloud if self.credentials else ""

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.data_dir / 'tagsight.db'}"

    @property
    def model_folders(self) -> tuple[Path, ...]:
        """Where packs are looked for, the later over the earlier: bundled, the operator's, those added to this data folder."""
        folders = (bundled("models"), self.models_dir, self.data_dir / "models")
        return tuple(folder for folder in folders if folder)


def bundled(name: str) -> Path:
    """A folder that travels with the program: inside the wheel, or at the root of a checkout."""
    here = Path(__file__).parent
    inside = here / "bundled" / name
    return inside if inside.is_dir() else here.parent / name
