"""The tables of the Upload API's other methods: destroy, rename, tags, context, metadata, delete_by_token."""

from app.params.kinds import Csv, Flag, Items, P, Pairs, Params, Text, Values

TAG_COMMANDS = ("add", "remove", "replace", "remove_all", "set_exclusive")
CONTEXT_COMMANDS = ("add", "remove_all")


class DestroyParams(Params):
    """`POST …/destroy`."""

    public_id: Text = P("The asset's name.")
    asset_id: Text = P("The asset by its ID instead (`POST asset/destroy`).")
    type: Text = P("Delivery type; upload unless told.")
    invalidate: Flag = P("Accepted; nothing is cached in front of the stored file.")
    notification_url: Text = P("Addresses told of it, one a line, in place of the triggers.")


class RenameParams(Params):
    """`POST …/rename`."""

    from_public_id: Text = P("The asset's name now.")
    to_public_id: Text = P("The name it gets.")
    type: Text = P("Delivery type; upload unless told.")
    to_type: Text = P("Delivery type it gets; the same unless told.")
    overwrite: Flag = P("Replace an asset that has the new name; refused unless true.")
    invalidate: Flag = P("Accepted; nothing is cached in front of the stored file.")
    context: Flag = P("Include the contextual metadata in the answer; it is always there.")
    notification_url: Text = P("Addresses told of it, one a line, in place of the triggers.")


class TagsParams(Params):
    """`POST …/tags`."""

    command: Text = P("add, remove, replace, remove_all or set_exclusive.")
    tag: Csv = P("Comma-separated tags; not for remove_all.")
    public_ids: Items = P("Assets to change; unknown ones are skipped. At most 1000.")
    type: Text = P("Delivery type; upload unless told.")
    notification_url: Text = P("Addresses told of it, one a line, in place of the triggers.")


class ContextParams(Params):
    """`POST …/context`."""

    command: Text = P("add or remove_all.")
    context: Pairs = P("key=value pairs separated by |.")
    public_ids: Items = P("Assets to change; unknown ones are skipped. At most 1000.")
    type: Text = P("Delivery type; upload unless told.")
    notification_url: Text = P("Addresses told of it, one a line, in place of the triggers.")


class TokenParams(Params):
    """`POST …/delete_by_token`: the token is the proof, no signature is needed."""

    token: Text = P("The delete_token of an upload, valid for ten minutes.")


class MetadataParams(Params):
    """`POST …/metadata`: change structured metadata of many assets, field by field."""

    public_ids: Items = P("The assets; unknown ones are skipped. Those beyond the first 1000 are left alone.")
    type: Text = P("Their delivery type; upload unless told.")
    metadata: Values = P("field=value pairs separated by |, or JSON; an empty value clears.")
    clear_invalid: Flag = P("Drop stored values that have become invalid.")


METHODS = (DestroyParams, RenameParams, TagsParams, ContextParams, MetadataParams, TokenParams)
