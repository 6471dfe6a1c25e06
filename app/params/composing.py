"""The tables of methods that make a new picture: from words, from all pictures of a tag, from the pages of one."""

from typing import Annotated, Any

from pydantic import BeforeValidator

from app.params.kinds import Flag, Items, P, Params, Text
from app.params.rendering import one_text

Steps = Annotated[str | None, BeforeValidator(one_text)]


class TextParams(Params):
    """`POST …/text`: words as a picture of type text, whose style text layers may use by its public ID."""

    text: Text = P("The words.")
    public_id: Text = P("The picture's name; random unless told.")
    font_family: Any = P("Typeface; Arial (drawn in Noto Sans) unless told.")
    font_size: Any = P("Height in points; 12 unless told.")
    font_color: Any = P("Colour by name or code; black unless told.")
    font_weight: Any = P("normal, bold, or another weight.")
    font_style: Any = P("normal or italic.")
    font_antialias: Any = P("none draws hard edges.")
    font_hinting: Any = P("Accepted; the typeface decides.")
    text_align: Any = P("left, center, right, end, start or justify.")
    text_decoration: Any = P("normal, underline or strikethrough.")
    background: Any = P("Colour behind the words; transparent unless told.")
    opacity: Any = P("0 to 100.")
    letter_spacing: Any = P("Pixels between letters.")
    line_spacing: Any = P("Pixels between lines.")
    stroke: Any = P("stroke outlines the letters.")


class ComposeParams(Params):
    """`POST …/multi` and `…/sprite`: one picture of many."""

    tag: Text = P("Every picture that has this tag, by public ID; also the name of the result.")
    urls: Items = P("These addresses in place of a tag.")
    transformation: Steps = P("Done to each picture first.")
    format: Text = P("Of multi: gif (the default), webp, png or pdf.")
    mode: Text = P("download answers with the file itself.")
    later: Flag = P("Answer at once with status pending; the result is told by a notice.", alias="async")
    notification_url: Text = P("Addresses told when it is done, one a line.")


class ExplodeParams(Params):
    """`POST …/explode`: each page of a picture as a picture of its own."""

    public_id: Text = P("The picture with pages: an animation or a TIFF of many.")
    type: Text = P("Its delivery type; upload unless told.")
    transformation: Steps = P("Done to each page; pg_all in it stands for the page.")
    format: Text = P("Format of the pages; png unless told.")
    notification_url: Text = P("Addresses told when it is done, one a line.")
