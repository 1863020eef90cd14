"""Takes the pictures of all pages for README and docs, on demo data: python -m bench.screenshot."""

import tempfile
from pathlib import Path

from tests.view import View, chromium, serving_dashboard

FOLDER = Path(__file__).resolve().parents[1] / "docs"
PAGES = ("", "outlets", "forums", "topics", "words", "articles", "sources", "method")
TALLEST = 1700


def main() -> None:
    """Make a demo store, open each page and write its picture; of the overview also one in the dark and one of a phone."""
    FOLDER.mkdir(exist_ok=True)
    looks = [(name, 1280, "light", name or "overview") for name in PAGES]
    looks += [("", 1280, "dark", "overview-dark"), ("", 390, "light", "overview-phone")]
    with (
        tempfile.TemporaryDirectory() as folder,
        chromium() as browser,
        serving_dashboard(Path(folder) / "monitor.demo.db", articles=6000) as address,
    ):
        for name, width, scheme, picture in looks:
            view = View(browser, address + name, width, scheme)
            view.page.set_viewport_size({"width": width, "height": TALLEST})
            view.settle()
            view.page.screenshot(path=FOLDER / f"{picture}.png")
            view.close()


if __name__ == "__main__":
    main()
