"""The main job, for real: a server, a photograph through the official SDK, its tags and boxes, and the same photo found by tag.

Uses demo credentials, so the server listens on loopback only. In a terminal it stays up until Ctrl-C.
"""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PHOTO = ROOT / "tests" / "pictures" / "grace_hopper.jpg"
RESULT = ROOT / "data" / "demo" / "result.jpg"
DETECTORS = "lvis,cld-fashion"
SHOWN = 0.25  # the answer also holds what the detectors are less sure of


def main() -> None:
    port = free_port(8000)
    address = f"http://127.0.0.1:{port}"
    os.environ["CLOUDINARY_URL"] = f"cloudinary://key:secret@demo?upload_prefix={address}"
    server = subprocess.Popen(
        [sys.executable, "-m", "app", "serve", "--port", str(port), "--data", str(RESULT.parent), "--demo"],
        cwd=ROOT,
        env={**os.environ, "CLOUDINARY_URL": "cloudinary://key:secret@demo"},
        stdout=subprocess.DEVNULL,
    )
    try:
        run_job(address, server)
        if sys.stdout.isatty():
            print("\nThe server stays up; press Ctrl-C to stop it.")
            server.wait()
    except KeyboardInterrupt:
        pass
    finally:
        server.terminate()
        server.wait(timeout=15)


def run_job(address: str, server: "subprocess.Popen[bytes]") -> None:
    import cloudinary.api  # after CLOUDINARY_URL is set, as a user's program would have it
    import cloudinary.uploader

    wait_until_ready(server, cloudinary.api.ping)
    print(f'cloudinary.uploader.upload("{PHOTO.name}", detection="{DETECTORS}", auto_tagging="default")\n')
    result = cloudinary.uploader.upload(str(PHOTO), public_id="hopper", detection=DETECTORS, auto_tagging="default")
    found = result["info"]["detection"]["object_detection"]["data"]
    print(f"{'model':14}{'label':16}{'confidence':>10}   bounding-box [x, y, width, height]")
    for model, analysis in found.items():
        for label, instances in analysis["tags"].items():
            for item in (item for item in instances if item["confidence"] >= SHOWN):
                box = ", ".join(f"{value:.0f}" for value in item["bounding-box"])
                print(f"{model + '_v' + str(analysis['model_version']):14}{label:16}{item['confidence']:10.2f}   [{box}]")
    print(f"\ntags: {', '.join(result['tags'])}")
    tag = result["tags"][0]
    listed = cloudinary.api.resources_by_tag(tag)
    print(f'cloudinary.api.resources_by_tag("{tag}") -> {[item["public_id"] for item in listed["resources"]]}')
    draw(found)
    print(f"\nThe picture with its boxes:  {RESULT.relative_to(ROOT)}")
    print(f"The stored picture:          {result['secure_url']}")
    print(f"The console, in a browser:   {address}/console (no sign-in: it is the demo)")
    print(f"API documentation:           {address}/docs")
    print(f"Point your own SDK at it:    export CLOUDINARY_URL='cloudinary://key:secret@demo?upload_prefix={address}'")


def draw(found: dict[str, Any]) -> None:
    """Save the photo with every box and label drawn."""
    from PIL import Image, ImageDraw, ImageFont

    image = Image.open(PHOTO).convert("RGB")
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(16)
    colours = ("#ff4d6d", "#ffd166", "#06d6a0", "#4cc9f0", "#b388ff", "#ff9f1c")
    boxes = [(label, item) for analysis in found.values() for label, items in analysis["tags"].items() for item in items]
    boxes = [(label, item) for label, item in boxes if item["confidence"] >= SHOWN]
    for place, (label, item) in enumerate(boxes):
        x, y, width, height = item["bounding-box"]
        colour = colours[place % len(colours)]
        pen.rectangle((x, y, x + width, y + height), outline=colour, width=3)
        text = f"{label} {item['confidence']:.2f}"
        corner = (x + 4, min(y + 4 + 20 * (place % 3), image.height - 22))
        pen.rectangle(pen.textbbox(corner, text, font=font), fill="#000000")
        pen.text(corner, text, fill=colour, font=font)
    image.save(RESULT, quality=90)


def free_port(wanted: int) -> int:
    for port in (wanted, 0):
        with socket.socket() as free:
            free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port that was just left is free
            try:
                free.bind(("127.0.0.1", port))
            except OSError:
                continue
            chosen: int = free.getsockname()[1]
            return chosen
    raise SystemExit("no free port")


def wait_until_ready(server: "subprocess.Popen[bytes]", ping: Any) -> None:
    for _ in range(300):
        if server.poll() is not None:
            raise SystemExit("the server stopped; its message is above")
        try:
            ping()
        except Exception:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the server did not answer")


if __name__ == "__main__":
    main()
