"""The tables of what is built out of stored assets: archives, and downloads by signed URL."""

from typing import Annotated

from pydantic import BeforeValidator

from app.params.kinds import Csv, Flag, Items, P, Params, Text
from app.params.rendering import several_texts

MODES = ("create", "download")


class ArchiveParams(Params):
    """`POST …/generate_archive`, and the same as a signed GET with `mode=download`."""

    public_ids: Items = P("Assets by name; at most 1000 assets an archive.")
    fully_qualified_public_ids: Items = P("Assets as <resource type>/<type>/<public_id>, of any kind.")
    tags: Items = P("Every asset that has one of these tags; at most 100 tags.")
    prefixes: Items = P("Every asset whose public ID starts so, or that is filed in this asset folder or below; at most 100.")
    type: Text = P("Delivery type of the assets; upload unless told.")
    mode: Text = P("create (the default) stores the archive as a raw asset; download answers with the archive itself.")
    target_format: Text = P("zip (the default) or tgz.")
    target_public_id: Text = P("Name of the stored archive, its extension is added; random unless told.")
    target_asset_folder: Text = P("Folder the stored archive is filed in.")
    target_tags: Csv = P("Tags of the stored archive.")
    transformations: Annotated[list[str] | None, BeforeValidator(several_texts)] = P(
        "Transformations separated by |; each picture goes in once for each."
    )
    flatten_folders: Flag = P("Leave out the folders of public IDs.")
    flatten_transformations: Flag = P("Name the transformation in the file's name in place of a folder.")
    skip_transformation_name: Flag = P("With a single transformation: name it nowhere.")
    allow_missing: Flag = P("Leave out what is not there; otherwise that is a 404.")
    use_original_filename: Flag = P("Name files as they were uploaded instead of by public ID.")
    keep_derived: Flag = P("Accepted; rendered pictures are kept as any other derived picture.")
    expires_at: Text = P("When a signed URL ends, in seconds since 1970; an hour after its timestamp unless told.")
    later: Flag = P("Answer at once with status pending; the stored archive is told by a notice.", alias="async")
    notification_url: Text = P("Addresses told when it is done, one a line.")


class DownloadParams(Params):
    """`GET …/download`: one file, private ones too."""

    public_id: Text = P("The asset's name.")
    format: Text = P("Format to download.")
    type: Text = P("Delivery type; upload unless told.")
    attachment: Text = P("true, or a file name: browsers save the file instead of showing it.")
    expires_at: Text = P("When the URL ends, in seconds since 1970; an hour after its timestamp unless told.")


class BackupParams(Params):
    """`GET …/download_backup`: one version of an asset."""

    asset_id: Text = P("The asset, by its ID.")
    version_id: Text = P("The version.")


class TagZipParams(Params):
    """`GET …/download_tag.zip`: a zip of all assets with a tag."""

    tag: Text = P("The tag.")
    transformation: Text = P("Render every picture so.")


TABLES = (ArchiveParams, DownloadParams, BackupParams, TagZipParams)
