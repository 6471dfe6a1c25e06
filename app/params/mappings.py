"""The tables of upload mappings' parameters."""

from typing import Any

from app.params.admin import PageParams
from app.params.kinds import P, Params, Text


class MappingListParams(PageParams):
    """`GET upload_mappings`."""

    folder: Text = P("Just the mapping of this folder.")


class MappingParams(Params):
    """`POST`, `PUT`, `DELETE upload_mappings`."""

    folder: Text = P("Folder whose missing assets are fetched.")
    template: Text = P("Address in front of what follows the folder, as in https://example.com/pictures/.")


class MappingsParams(Params):
    """`PUT upload_mappings/replace`."""

    mappings: Any = P("Objects with folder and template: all that the cloud shall have.")
