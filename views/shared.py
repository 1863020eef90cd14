"""What all open pages share and remember: answers of measures, the events that people keep, the paint of each id."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import streamlit as st

from mentions.charts import Paint, painted
from mentions.cube import Cube
from mentions.events import Event, load_events
from mentions.measures import ranked
from mentions.selection import FIRST, LAST, Selection

Answer = TypeVar("Answer")


def asked(measure: Callable[..., Answer], cube: Cube, chosen: Selection, *more: Any) -> Answer:
    """What a measure says of a selection, remembered for all sessions as long as the data are the same."""
    name = f"{measure.__module__}.{measure.__name__}"
    state = (str(cube.store.path), cube.state)
    # How a chart is drawn is no matter of counting.
    return remembered(measure, cube, name, state, replace(chosen, measure="count", unit="articles"), more)  # type: ignore[no-any-return]


@st.cache_data(max_entries=400, show_spinner=False)
def remembered(
    _measure: Callable[..., Any],
    _cube: Cube,
    name: str,
    state: tuple[Any, ...],
    chosen: Selection,
    more: tuple[Any, ...],
) -> Any:
    """The answer of a measure by its name."""
    return _measure(_cube, chosen, *more)


@st.cache_resource(max_entries=2)
def events_of(path: str, changed_at: float) -> tuple[Event, ...]:
    """The events of a file, read anew when it changes."""
    return load_events(Path(path))


def events() -> tuple[Event, ...]:
    """The events that people keep beside the outlets; none where there is no such file."""
    path = Path(os.environ.get("MONITOR_DATA") or "data") / "events.toml"
    return events_of(str(path), path.stat().st_mtime) if path.exists() else ()


@st.cache_resource(max_entries=40, show_spinner=False)
def paint_by(path: str, generation: str, by: str, _cube: Cube) -> Paint:
    """The paint of a dimension's ids, by all articles there have ever been; it stays while new ones come in."""
    return painted(list(ranked(_cube, Selection(FIRST, LAST, scope="about"), by)["id"]))


def paint(cube: Cube, by: str) -> Paint:
    """The paint of a dimension's ids, the same in every chart, page and session."""
    return paint_by(str(cube.store.path), str(cube.state.generation), by, cube)
