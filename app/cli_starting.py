"""What a server and a worker do before they begin: credentials made up once, and the shape of log lines."""

import logging
import os
import secrets
from pathlib import Path
from tempfile import NamedTemporaryFile

import structlog

from app.settings import Settings

DEFAULT_CLOUD = "main"


def with_credentials(settings: Settings) -> Settings:
    """Make up credentials on the first start without CLOUDINARY_URL, and keep them in the data folder for its owner alone.

    Several processes may start at once: one makes the file, whole from the first moment, and the others read it.
    """
    if settings.cloudinary_url:
        return settings
    file = settings.data_dir / "credentials"
    if not file.exists():
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        _link(file, f"cloudinary://{secrets.randbelow(9 * 10**14) + 10**14}:{secrets.token_urlsafe(24)}@{DEFAULT_CLOUD}")
    return settings.model_copy(update={"cloudinary_url": file.read_text().strip()})


def set_up_logging(as_json: bool) -> None:
    last = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[structlog.processors.add_log_level, structlog.processors.TimeStamper(fmt="iso"), last],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )


def _link(file: Path, text: str) -> None:
    """Write a file that is not there yet; whoever comes second leaves the first one's."""
    with NamedTemporaryFile("w", dir=file.parent, prefix=".credentials-") as draft:  # for its owner alone
        draft.write(text)
        draft.flush()
        os.fsync(draft.fileno())
        try:
            os.link(draft.name, file)
        except FileExistsError:
            return
