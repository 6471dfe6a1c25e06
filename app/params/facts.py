"""The table of what may be asked about a picture's pixels and bytes, in an upload and of a stored asset alike."""

from app.params.kinds import Flag, P, Params


class FactParams(Params):
    """`POST …/upload` and `GET resources/image/<delivery type>/<public_id>`: what the answer tells beside the asset itself."""

    colors: Flag = P("Tell the main colours, the predominant ones by name, and whether it is gray, half-transparent, drawn.")
    faces: Flag = P("Tell where faces are.")
    phash: Flag = P("Tell the perceptual hash.")
    image_metadata: Flag = P("Tell EXIF, IPTC, XMP and what the file's header says.")
    media_metadata: Flag = P("The newer name of image_metadata; answered under both.")
    exif: Flag = P("Tell EXIF alone.")
    quality_analysis: Flag = P("Tell measures of technical quality (0 to 1) and their mean.")
    accessibility_analysis: Flag = P("Tell how well the colour-blind can tell its colours apart.")
    cinemagraph_analysis: Flag = P("Tell how much of an animated picture stands still.")

    @property
    def facts(self) -> frozenset[str]:
        """The names of those that are switched on."""
        return frozenset(name for name in FactParams.model_fields if getattr(self, name))
