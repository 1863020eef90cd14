"""A minimal Dash app with the overview's three charts on the same cube, for bench.page: python -m bench.dash_app FILE PORT."""

import sys
from datetime import date, timedelta
from typing import Any

from dash import Dash, Input, Output, dcc, html

from mentions import charts, measures, observation
from mentions import store as stores
from mentions.cube import Cube
from mentions.lexicon import load_lexicon
from mentions.selection import Selection
from mentions.timeline import largest, timeline
from tests.conftest import LEXICON

GROUPS = ["india", "pakistan", "kashmir", "world"]


def figures(cube: Cube, chosen: Selection) -> list[Any]:
    """Volume over time by outlet, top outlets, forum by topic."""
    counts = measures.volume_by(cube, chosen)
    shown = largest(counts, 8, summed=True)
    rows = timeline(shown, measures.volume(cube, chosen), observation.observed(cube, chosen), chosen, chosen.until)
    paint = charts.painted(list(shown["id"].unique()))
    top = measures.ranked_outlets(cube, chosen).head(15)
    return [
        charts.volume(rows.assign(by="outlet", ids=rows["id"]), "articles", True, "day", paint),
        charts.ranked(top, "articles", "outlet", paint),
        charts.heat(measures.pairs(cube, chosen, "forum", "topic"), "forum", "topic", dark=False),
    ]


def main() -> None:
    """Serve the app."""
    cube = Cube(stores.existing(sys.argv[1]), load_lexicon(LEXICON))
    until = date(1970, 1, 1) + timedelta(days=measures.span(cube)["newest_day"] or 0)
    usual = Selection(until - timedelta(days=29), until)
    app = Dash()
    app.layout = html.Div(
        [
            dcc.Dropdown(GROUPS, multi=True, id="group"),
            *(dcc.Graph(id=name) for name in ("volume", "outlets", "pairs")),
        ]
    )
    app.index_string = app.index_string.replace(
        "</body>", "<script>window.choose = one => dash_clientside.set_props('group', {value: [one]});</script></body>"
    )

    def draw(group: list[str] | None) -> list[Any]:
        return figures(cube, Selection(usual.since, usual.until, group=tuple(group or ())))

    app.callback([Output(name, "figure") for name in ("volume", "outlets", "pairs")], Input("group", "value"))(draw)
    app.run(port=int(sys.argv[2]), debug=False)


if __name__ == "__main__":
    main()
