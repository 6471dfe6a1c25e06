"""`python -m benchmarks.console`: first paint, scrolling through many assets and results after their job, in a real browser.

Needs Chromium and the built console. The assets are rows that share a few real pictures.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import create_engine, text

from benchmarks.size.filling import CLOUD, fill

PICTURES = Path(__file__).parent.parent / "tests" / "pictures"
PORT, SIZE = 8977, {"width": 1280, "height": 860}
ADDRESS = f"http://127.0.0.1:{PORT}"
PAINTS, LOOKS = 7, 12
HEARD = """performance.timeOrigin
  + performance.getEntriesByType("resource").findLast((one) => /resources/.test(one.name))?.startTime"""
SCROLL = """async () => {
  const times = [];
  let before = 0, on = true;
  const tick = (now) => { if (before) times.push(now - before); before = now; if (on) requestAnimationFrame(tick); };
  requestAnimationFrame(tick);
  const frame = () => new Promise((go) => requestAnimationFrame(go));
  const run = async (by, frames) => { for (let turn = 0; turn < frames; turn += 1) { scrollBy(0, by); await frame(); } };
  const end = document.documentElement.scrollHeight - innerHeight;
  await run(60, 240);                           // a wheel
  await run(900, 240);                          // a flick
  for (const share of [0.5, 0.25, 0.75]) { scrollTo(0, end * share); await run(60, 120); }
  on = false;
  return times;
}"""


@contextmanager
def serving(data: Path) -> Iterator[None]:
    env = {**os.environ, "CLOUDINARY_URL": f"cloudinary://key:secret@{CLOUD}", "CONSOLE_DEMO": "true"}
    command = [sys.executable, "-m", "app", "serve", "--port", str(PORT), "--data", str(data)]
    with (data / "log").open("ab") as log, subprocess.Popen(command, env=env, stdout=log, stderr=log) as process:
        try:
            for _ in range(600):
                try:
                    if httpx.get(f"{ADDRESS}/readyz").status_code == 200:
                        break
                except httpx.TransportError:
                    time.sleep(0.1)
            yield
        finally:
            process.terminate()
            process.wait(30)


def share_pictures(url: str, count: int) -> None:
    """Give the made-up rows files: those of the pictures that were uploaded just now."""
    for picture in sorted(PICTURES.glob("*.jpg")):
        answer = httpx.post(
            f"{ADDRESS}/v1_1/{CLOUD}/image/upload", auth=("key", "secret"), files={"file": picture.read_bytes()}, timeout=60
        )
        assert answer.status_code == 200, answer.text
    engine = create_engine(url)
    with engine.begin() as c:
        real = c.execute(text("SELECT blob_key, width, height FROM assets WHERE id > :count"), {"count": count}).all()
        for place, (key, width, height) in enumerate(real):
            said = {"key": key, "width": width, "height": height, "count": count, "n": len(real), "place": place}
            change = "UPDATE assets SET blob_key = :key, format = 'jpg', width = :width, height = :height "
            c.execute(text(change + "WHERE id <= :count AND id % :n = :place"), said)
    engine.dispose()


def first_paint(browser: Browser) -> tuple[list[float], list[float]]:
    """Milliseconds from the address to the first paint, and to a page that can be used, each with an empty cache."""
    paints, ready = [], []
    for _ in range(PAINTS):
        context = browser.new_context(viewport={"width": SIZE["width"], "height": SIZE["height"]})
        page = context.new_page()
        page.goto(f"{ADDRESS}/console")
        page.get_by_role("button", name="Choose files").wait_for()
        ready.append(page.evaluate("performance.now()"))
        paints.append(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
        context.close()
    return paints, ready


def scroll(page: Page) -> tuple[list[float], float]:
    """Milliseconds between frames, and of the main thread's CPU for each, which does not hang on the machine's load."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def busy() -> float:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return float(next(one["value"] for one in metrics if one["name"] == "TaskDuration"))

    before = busy()
    frames: list[float] = page.evaluate(SCROLL)
    return frames, (busy() - before) * 1000 / len(frames)


def after_the_job(page: Page, url: str) -> tuple[list[float], list[float]]:
    """Milliseconds from the moment the job wrote its findings to the card that shows them, and the browser's part of them:
    from the event, when it asks for the details, on."""
    page.goto(f"{ADDRESS}/console")
    page.get_by_label("lvis").check()
    found, own = list[float](), list[float]()
    engine = create_engine(url)
    for turn in range(LOOKS):
        picture = sorted(PICTURES.glob("*.jpg"))[turn % 5]
        page.evaluate(
            """() => { window.shown = null; performance.clearResourceTimings(); new MutationObserver((_, watcher) => {
                 if (document.querySelector('li.card')?.dataset.state === 'done') {
                   requestAnimationFrame(() => { window.shown ??= Date.now(); });
                   watcher.disconnect();
                 } }).observe(document.body, { subtree: true, childList: true, attributes: true }); }"""
        )
        page.set_input_files("input[data-files]", str(picture))
        page.locator("li.card[data-state=done]").nth(0).wait_for(timeout=60_000)
        page.wait_for_timeout(300)
        shown = page.evaluate("window.shown")
        with engine.connect() as c:
            written = c.execute(text("SELECT max(created_at) FROM analyses")).scalar_one()
        heard = page.evaluate(HEARD)
        found.append(shown - written / 1000)
        own += [shown - heard] if heard else []
        page.get_by_role("button", name="Clear finished").click()
        page.locator("li.card").wait_for(state="detached")
    engine.dispose()
    return found, own


def told(name: str, values: list[float]) -> None:
    values = sorted(values)
    middle, high = statistics.median(values), values[min(len(values) - 1, int(len(values) * 0.95))]
    print(f"{name:56}{middle:9.1f}{high:9.1f}{values[-1]:9.1f}   n={len(values)}")


def main() -> None:
    parser = argparse.ArgumentParser("benchmarks.console", description=__doc__)
    parser.add_argument("--assets", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, help="keep the data here")
    chosen: Any = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tagsight-console-") as name:
        data = chosen.folder or Path(name)
        data.mkdir(parents=True, exist_ok=True)
        url = f"sqlite:///{data / 'tagsight.db'}"
        fill(url, chosen.assets).close()
        with serving(data), sync_playwright() as playwright:
            share_pictures(url, chosen.assets)
            chromium = next(path for path in map(shutil.which, ("chromium", "google-chrome")) if path)
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
            print(f"{'milliseconds':56}{'median':>9}{'95%':>9}{'most':>9}")
            paints, ready = first_paint(browser)
            told("first contentful paint, empty cache", paints)
            told("page usable, empty cache", ready)
            page = browser.new_page(viewport={"width": SIZE["width"], "height": SIZE["height"]})
            page.goto(f"{ADDRESS}/console/library")
            page.locator(".cell .thumb img").first.wait_for()
            frames, cpu = scroll(page)
            told(f"frames while scrolling, {chosen.assets:,} assets", frames)
            slow = sum(frame > 20 for frame in frames)
            print(f"{'':4}over 20 ms: {slow} of {len(frames)}; CPU of the main thread a frame: {cpu:.1f} ms")
            whole, own = after_the_job(page, url)
            told("from findings written to findings shown", whole)
            told("    of it from the event on", own)
            browser.close()


if __name__ == "__main__":
    main()
