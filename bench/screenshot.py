"""Takes the README's picture of the overview, on demo data: python -m bench.screenshot."""

import tempfile
from pathlib import Path

from tests.view import View, chromium, serving_dashboard

PICTURE = Path(__file__).resolve().parents[1] / "docs" / "overview.png"


def main() -> None:
    """Make a demo store, open the page and write the picture."""
    PICTURE.parent.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        chromium() as browser,
        serving_dashboard(Path(folder) / "monitor.demo.db", articles=6000) as address,
    ):
        view = View(browser, address, width=1280)
        view.page.set_viewport_size({"width": 1280, "height": 1300})
        view.settle()
        view.page.screenshot(path=PICTURE)
        view.close()


if __name__ == "__main__":
    main()
