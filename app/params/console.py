"""The tables of the console's own calls."""

from app.params.kinds import Count, Items, P, Params, Size, Text, Unit, Values


class SignInParams(Params):
    """`POST session`: an API key with its secret, or the console's password."""

    api_key: Text = P("The API key.")
    api_secret: Text = P("Its secret.")
    password: Text = P("The console's password, which opens all clouds.")
    cloud: Text = P("The cloud to look at: the key's own, or the installation's first one, unless told.")


class PageParams(Params):
    """`GET jobs`, `GET deliveries`: one page, newest first."""

    status: Text = P("Only those of this status.")
    limit: Size = P("At most so many, up to 200; 50 unless told.")
    cursor: Count = P("Where the last page ended.")

    @property
    def size(self) -> int:
        return min(self.limit or 50, 200)


class TallyParams(Params):
    """`GET tags`, `GET labels`: the most frequent ones."""

    prefix: Text = P("Only those that begin so.")
    max_results: Size = P("At most so many, up to 1000; 100 unless told.")

    @property
    def size(self) -> int:
        return min(self.max_results or 100, 1000)


class SignParams(Params):
    """`POST sign`: parameters of an upload that is sent by other means."""

    params: Values = P("The parameters as they will be sent, without file and api_key.")


class ChosenParams(Params):
    """`POST delete`, `POST undelete`: which assets."""

    asset_ids: Items = P("At most 1000 asset IDs.")


class PackParams(Params):
    """`POST models`: a detector of one's own, as `tagsight models add` takes it."""

    name: Text = P("What callers write in `detection`; a known name gets its next version.")
    family: Text = P("auto, or the family of the graph.")
    size: Text = P("Side of the input, or WIDTHxHEIGHT, where the graph leaves it free.")
    fit: Text = P("How the picture goes in.")
    colours: Text = P("rgb or bgr.")
    threshold: Unit = P("What auto_tagging=default means; 0.5 unless told.")
    floor: Unit = P("What is reported at all; 0.25 unless told.")
    labels: Text = P("A name a line, where neither the graph nor the zip tells them.")


class CloudParams(Params):
    """`POST clouds`: a new cloud."""

    name: Text = P("Letters, digits, - and _.")


class PictureParams(Params):
    """`GET picture/<asset_id>`: where an asset's picture is, for whoever may see the asset here."""

    transformation: Text = P("As a delivery URL writes it.")
    format: Text = P("The extension; the asset's own unless told.")
