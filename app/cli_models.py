"""The commands on detectors: models add, list, check, remove."""

import tomllib
from pathlib import Path
from typing import Annotated, Any

import typer
from PIL import Image

from app.errors import BadRequest, Failure
from app.imaging.reading import Limits, read
from app.main import build
from app.services.packs import Added, Wish, trial
from app.settings import Settings
from app.vision.drawing import drawn
from app.vision.families.frames import FITS
from app.vision.families.table import FAMILIES
from app.vision.labels import NOBODY

MOST_SHOWN = 20  # boxes that are printed; the drawing has them all

models = typer.Typer(help="Detectors: those that came along, and yours.", no_args_is_help=True)

Data = Annotated[Path | None, typer.Option("--data", help="Data folder; DATA_DIR otherwise.")]


def settings_for(data: Path | None) -> Settings:
    """The environment's settings, the data folder of the command line over them."""
    return Settings(data_dir=data) if data else Settings()


@models.command("add")
def add(
    file: Annotated[Path, typer.Argument(help="The graph, an .onnx file.")],
    name: Annotated[str, typer.Option(help="What callers write in `detection`; a known name gets its next version.")],
    labels: Annotated[Path | None, typer.Option(help="A name a line, or .json, or a .pbtxt label map.")] = None,
    family: Annotated[str, typer.Option(help=f"auto, or one of {', '.join(FAMILIES)}.")] = "auto",
    size: Annotated[str | None, typer.Option(help="Side of the input, or WIDTHxHEIGHT, where the graph leaves it free.")] = None,
    fit: Annotated[str | None, typer.Option(help=f"How the picture goes in: {', '.join(FITS)}.")] = None,
    colours: Annotated[str | None, typer.Option(help="rgb or bgr.")] = None,
    scale: Annotated[float | None, typer.Option(help="Samples 0..255 are multiplied by this first.")] = None,
    mean: Annotated[str | None, typer.Option(help="Three numbers taken away after that.")] = None,
    std: Annotated[str | None, typer.Option(help="Three numbers to divide by then.")] = None,
    threshold: Annotated[float, typer.Option(help="What auto_tagging=default means.")] = 0.5,
    floor: Annotated[float, typer.Option(help="What is reported at all.")] = 0.25,
    option: Annotated[list[str] | None, typer.Option("--set", help="KEY=VALUE: any other option, see docs/models.md.")] = None,
    picture: Annotated[Path | None, typer.Option(help="A photo to try it on.")] = None,
    output: Annotated[Path | None, typer.Option(help="Where the photo with its boxes goes; beside the photo otherwise.")] = None,
    data: Data = None,
) -> None:
    """Recognise a graph, try it on a picture, and add it to the data folder as the next version of its name."""
    house = build(settings_for(data))
    try:
        given: dict[str, Any] = {
            "fit": _one_of("fit", fit, FITS),
            "colours": _one_of("colours", colours, ("rgb", "bgr")),
            "scale": scale,
        }
        given |= {"size": _size(size), "mean": _three("mean", mean), "std": _three("std", std)}
        options = {key: value for key, value in given.items() if value is not None} | dict(map(_pair, option or ()))
        wish = Wish(name, labels, None if family == "auto" else family, threshold, floor, options)
        image = _opened(picture, house.settings) if picture else trial()
        _show(house.packs.add(file, wish, image), image, picture, output)
    except Failure as failure:
        _refuse(failure)
    finally:
        house.close()


@models.command("list")
def list_models(data: Data = None) -> None:
    """Detectors that callers may name, and packs that cannot be read."""
    house = build(settings_for(data))
    for item in [item for item in house.registry.all() if not item.internal]:
        typer.echo(f"{item.name}_v{item.version}  kind={item.kind}  threshold={item.threshold:g}  models={','.join(item.models)}")
    for name, reason in house.registry.broken.items():
        typer.echo(f"{name}  BROKEN: {reason}")
    house.close()


@models.command("check")
def check(
    names: Annotated[list[str] | None, typer.Argument(help="Detectors to check; all of them otherwise.")] = None, data: Data = None
) -> None:
    """Load each detector and run a picture through it; the status is 1 if one of them cannot be used."""
    house = build(settings_for(data))
    broken = {name: reason for name, reason in house.registry.broken.items() if not names or name in names}
    chosen = {(item.name, f"{item.name}_v{item.version}"): item for item in house.registry.all()}
    for wanted in set(names or ()) - {name for pair in chosen for name in pair} - set(broken):
        broken[wanted] = "there is no such detector"
    for (name, shown), detector in chosen.items():
        if names and not {name, shown} & set(names):
            continue
        try:
            typer.echo(f"{shown}  ok  {house.packs.check(detector) * 1000:.0f} ms")
        except Failure as failure:
            broken[shown] = failure.message
    for name, reason in broken.items():
        typer.echo(f"{name}  BROKEN: {reason}")
    house.close()
    raise typer.Exit(1 if broken else 0)


@models.command("remove")
def remove(name: Annotated[str, typer.Argument(help="name_v2, or the name alone.")], data: Data = None) -> None:
    """Take a pack that was added out of the data folder, with its files."""
    house = build(settings_for(data))
    try:
        typer.echo(f"{house.packs.remove(name)} is removed, also from running servers on this data folder.")
    except Failure as failure:
        _refuse(failure)
    finally:
        house.close()


def _show(added: Added, image: Image.Image, picture: Path | None, output: Path | None) -> None:
    detector = added.detector
    typer.echo(f"{detector.name}_v{detector.version}  kind={detector.kind}  {len(detector.labels)} labels")
    for note in added.notes:
        typer.echo(f"  {note}")
    if unnamed := sum(label == NOBODY for label in detector.labels):
        typer.echo(f"  {unnamed} classes have no name and are never reported")
    for item in added.findings[:MOST_SHOWN]:
        x, y, width, height = item.box
        typer.echo(f"  {item.score:.2f}  {item.label}  x={x:.0f} y={y:.0f} width={width:.0f} height={height:.0f}")
    if picture:
        target = output or picture.with_name(f"{picture.stem}.{detector.name}_v{detector.version}.png")
        drawn(image, added.findings).save(target)
        typer.echo(f"{len(added.findings)} boxes drawn: {target}")
    else:
        typer.echo(f"{len(added.findings)} boxes in a made-up picture; give a photo with --picture to judge it")
    typer.echo("Running servers on this data folder know it by now.")


def _opened(picture: Path, settings: Settings) -> Image.Image:
    if not picture.is_file():
        raise BadRequest(f"There is no picture {picture}")
    limits = Limits(settings.max_pixels, settings.max_decoded_bytes, settings.image_formats)
    return read(picture, limits, side=2000).image


def _refuse(failure: Failure) -> None:
    typer.echo(failure.message, err=True)
    raise typer.Exit(1)


def _size(text: str | None) -> list[int] | None:
    parts = text.lower().split("x") if text else []
    if text and (len(parts) > 2 or not all(part.isdecimal() and 0 < int(part) <= 8192 for part in parts)):
        raise BadRequest(f"{text} is no size; write 640 or 640x480")
    return [int(parts[0]), int(parts[-1])] if text else None


def _three(name: str, text: str | None) -> list[float] | None:
    try:
        numbers = [float(part) for part in text.replace(",", " ").split()] if text else None
    except ValueError:
        numbers = []
    if numbers is not None and (len(numbers) != 3 or (name == "std" and 0 in numbers)):
        raise BadRequest(f"{text} is no {name}; write three numbers, as 0.485,0.456,0.406")
    return numbers


def _one_of(name: str, text: str | None, choice: tuple[str, ...]) -> str | None:
    if text is not None and text not in choice:
        raise BadRequest(f"{text} is no {name}; choose from {', '.join(choice)}")
    return text


def _pair(text: str) -> tuple[str, Any]:
    """KEY=VALUE, the value as TOML writes it; what is no TOML is text."""
    key, equals, value = text.partition("=")
    if not equals or not key.strip().isidentifier():
        raise BadRequest(f"{text} is no option; write KEY=VALUE")
    try:
        return key.strip(), tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return key.strip(), value.strip()
