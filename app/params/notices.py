"""The tables of triggers and of polled notices."""

from app.params.kinds import Count, Csv, Flag, P, Params, Text

EVENT_TYPES = tuple(
    (
        "all access_control_changed bulk_refresh_auto_fetch create_folder delete delete_by_token delete_folder eager error explode "
        "generate_archive info invalidate_custom_cdn moderation moderation_summary move move_or_rename_asset_folder multi publish "
        "rename report resource_context_changed resource_display_name_changed resource_metadata_changed resource_tags_changed "
        "restore_asset_version sprite upload"
    ).split()
)
URI_TYPES = {"webhook": ("http://", "https://"), "poll": ("poll://",)}  # what such an address begins with
NOT_SERVED = ("filter", "payload_template", "filter_language")


class TriggerParams(Params):
    """`POST triggers`, `PUT triggers/<id>`: an address that is told of an event."""

    uri: Text = P("The address: http(s)://…, or poll://<channel> for notices that are fetched.")
    new_uri: Text = P("The address it gets (in a change).")
    event_type: Text = P(f"One of {', '.join(EVENT_TYPES)}.")
    uri_type: Text = P("webhook (the default) or poll.")
    additive: Flag = P("Told also where a call names addresses of its own; otherwise those replace it.")


class MessagesParams(Params):
    """`GET messages`: notices that wait on a channel, or those of a batch."""

    channel: Text = P("Those sent to poll://<channel>.")
    batch_id: Text = P("Those sent to poll://* of this batch.")
    max_messages: Count = P("At most so many, 1 to 100; 10 unless told.")
    wait_seconds: Count = P("Wait so long for the first, 0 to 60; 20 unless told.")
    visibility_timeout: Count = P("Seconds until one that is not acknowledged is handed out again, 1 to 600; 30 unless told.")


class AckParams(Params):
    """`POST messages/ack`: these have been dealt with."""

    receipt_handles: Csv = P("The receipt handles of at most 100 messages.")
