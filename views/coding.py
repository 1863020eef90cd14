"""Checking the tags by hand: draw a sample, and code it item by item, blind to the tags and to other coders."""

import time
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

import streamlit as st

from mentions import codes, samples
from mentions.codes import ANSWERS, NO, NOTE, YES, Book, CodingError
from mentions.model import LANGUAGES
from mentions.samples import SETS, Sample
from mentions.selection import ZONES, day_of
from mentions.store import Stored
from views import coded, drawing
from views.page import Page
from views.states import literal
from views.words import spelled

WHAT = """
How right are the tags on this store? Draw a random sample, code it by the codebook without seeing the tags, and compare. **Precision**
(how many tags are right) is measured on articles drawn from the selection above. **Recall** (how much was found) is estimated on items
drawn without keywords from everything the same outlets listed in the same days. A second coder shows how far two people agree.
"""

RULES = """
**Read title and summary only.** Bring in nothing you know besides, and do not guess at the full text. A mention counts whoever speaks,
denied, quoted or doubted. When in doubt, leave it out.

**About Kashmir.** The text itself deals with the former princely state, its people as such, or the dispute. An event or a place that
stands for it is enough; so is the Indus treaty between India and Pakistan. Not: a bare name in a list or comparison, entertainment,
wool, a surname; local news of Gilgit-Baltistan or Ladakh unless status, rights or borders are the point; India and Pakistan at odds
without a word of Kashmir.

**Relevant.** Besides, a forum or a third state takes it up, a party says where it stands, or one of the topics is at issue. Attacks,
detentions, elections and rallies are in. Weather, accidents, tourism, roads, schools, everyday crime and administration are not, unless
the text ties them to the dispute.

**Forums.** Bodies named in connection with it. The United Nations as such only where none of its organs is named. Talks between India
and Pakistan are a forum. National parliaments, courts, ministries and charities are not.

**Topics.** A phrase is enough; an epithet or a passing date is not. None at all is a good answer.

**Naming forms.** What the text calls the territory, in any language, relevant or not. Plain names, such as Jammu and Kashmir, are none.

The whole codebook with its rulings on hard cases: `data/lexicon/CODEBOOK.md`.
"""

RIGHT_TO_LEFT = ("ur", "ar", "fa")
ANSWERED = ("about", "relevant", *SETS, "note")
EMPTY: dict[str, Any] = {**dict.fromkeys(SETS, ()), "note": ""}
QUESTIONS = {"forums": "Forums named", "topics": "Topics", "naming": "Naming forms used for the territory"}


def show(page: Page) -> None:
    """Draw the section."""
    with st.container(border=True, key="coding"):
        st.subheader("Check the tags by hand", anchor=False)
        st.markdown(WHAT)
        bench(page)


@st.fragment
def bench(page: Page) -> None:
    """Drawing, coding and the results; only this runs again while somebody codes."""
    store = page.cube.store.path
    stopped = codes.unwritable(store)
    if stopped:
        st.info(
            f"Codings cannot be saved here: {literal(stopped)}. To code, give the dashboard a store in a folder it may write to.",
            icon=":material/lock:",
        )
    drawing.show(page, bool(stopped))
    if fault := st.session_state.pop("coding-fault", ""):
        st.error(literal(fault), icon=":material/error:")
    found, faults = books(str(store), codes.stamp(store))
    for fault in faults:
        st.warning(literal(fault), icon=":material/error:")
    if not found:
        st.info("No sample has been drawn on this store yet. Draw one to begin.", icon=":material/casino:")
        return
    book = found[sample_chosen(found)]
    if not is_there(str(store), page.cube.state, book.sample.id, page, book.sample):
        st.warning(
            "This store no longer holds the very items of this sample: it was made anew, or others share its name. The"
            " answers below stay as they are; draw a new sample to go on.",
            icon=":material/link_off:",
        )
    else:
        work(page, book, bool(stopped))
    coded.show(store, book, bool(stopped))


@st.cache_resource(max_entries=4, show_spinner=False)
def books(store: str, stamp: tuple[tuple[str, int, int], ...]) -> tuple[dict[str, Book], list[str]]:
    """The samples of a store by their id, read anew when one of their files has changed."""
    found, faults = codes.books(Path(store))
    return {book.sample.id: book for book in found}, faults


@st.cache_data(max_entries=40, show_spinner=False)
def is_there(store: str, state: tuple[Any, ...], sample: str, _page: Page, _sample: Sample) -> bool:
    """Whether the store holds the items of a sample, asked once for each state of the data."""
    return samples.belongs(_page.cube.store, _sample)


def sample_chosen(found: dict[str, Book]) -> str:
    """The sample to work on, the newest unless another is chosen."""
    if st.session_state.get("coding-sample") not in found:
        st.session_state["coding-sample"] = next(iter(found))
    st.selectbox(
        "Sample", list(found), key="coding-sample", format_func=lambda one: title(found[one]), persist_state="session"
    )
    return str(st.session_state["coding-sample"])


def title(book: Book) -> str:
    """A sample in one line."""
    one = book.sample
    days = " to ".join(one.selection[name][0] for name in ("from", "to"))
    when = spelled(datetime.fromtimestamp(one.made, UTC).date())
    free = sum(row.free for row in one.drawn)
    articles = sum(row.article for row in one.drawn)
    return f"{articles:,} articles and {free:,} items of {days}, drawn {when}, seed {one.seed}, {one.id}"


def work(page: Page, book: Book, stopped: bool) -> None:
    """The coder's name, and once it is there, one item with its questions beside the rules."""
    typed = st.text_input(
        "Your name as coder",
        key="coding-coder",
        max_chars=codes.NAME,
        width=320,
        persist_state="session",
        help="Kept with your answers, and nothing else about you. You see nobody else's answers while you code.",
    )
    coder = codes.spelled_alike(book, typed or "")
    if not coder:
        st.info("Type your name to begin, or to go on where you stopped.", icon=":material/person:")
        return
    place = opened(book, coder)
    done, every = len(book.by(coder)), len(book.sample.drawn)
    state = f"Item {place + 1:,} of {every:,}. {literal(coder)} has coded {done:,} of {every:,}."
    st.progress(
        done / every, text=state + (" All are coded; look through them, or show the results." if done == every else "")
    )
    left, right = st.columns([3, 2], gap="medium")
    with left:
        item(page, book.sample.drawn[place].seq)
        questions(page, book.sample, book.sample.drawn[place].seq)
        buttons(page, book, coder, place, stopped)
    with right, st.container(border=True, key="coding-rules"):
        st.markdown(RULES)


def opened(book: Book, coder: str) -> int:
    """The place of the item to code, its widgets holding what this coder said of it.

    The widgets of each item are its own, so that what is still on its way from the browser never ends at the next item.
    """
    state = st.session_state
    if state.get("coding-who") != (book.sample.id, coder):
        state["coding-who"], state["coding-place"] = (book.sample.id, coder), open_place(book, coder, 0)
        forget(book.sample.drawn[state["coding-place"]].seq)
    place = int(state["coding-place"])
    seq = book.sample.drawn[place].seq
    code = book.by(coder).get(seq)
    for name in ANSWERED:
        kept = getattr(code, name) if code else EMPTY.get(name)
        state.setdefault(f"coding-{name}-{seq}", list(kept) if isinstance(kept, tuple) else kept)
    return place


def forget(seq: int) -> None:
    """Take from the widgets of an item what was not saved."""
    for name in ANSWERED:
        st.session_state.pop(f"coding-{name}-{seq}", None)


def open_place(book: Book, coder: str, start: int) -> int:
    """The place of the next item that a coder has not coded, from a place on and then from the first; else the next."""
    mine, drawn = book.by(coder), book.sample.drawn
    places = [*range(start, len(drawn)), *range(start)]
    return next((place for place in places if drawn[place].seq not in mine), min(start, len(drawn) - 1))


def item(page: Page, seq: int) -> None:
    """What the feed gave of an item: title, summary, outlet, time, language; never its tags."""
    one = page.cube.store.stored([seq])[seq]
    names = {row["id"]: row["name"] for row in page.cube.outlets}
    tz = page.chosen.tz
    moment = datetime.fromtimestamp(one.published + ZONES[tz], UTC)
    language = LANGUAGES.get(one.language, one.language or "language not stated")
    with st.container(border=True, key="coding-item"):
        st.html(text_of(one))
        when = f"{spelled(day_of(one.published, tz))}, {moment:%H:%M} ({tz})"
        st.caption(f"{literal(names.get(one.outlet, one.outlet))} · {literal(when)} · {literal(language)}")


def text_of(one: Stored) -> str:
    """Title and summary as HTML, in the direction of their language."""
    way = "rtl" if one.language in RIGHT_TO_LEFT else "auto"
    lang = f' lang="{one.language}"' if one.language in LANGUAGES else ""
    summary = (
        f'<p dir="{way}">{escape(one.summary)}</p>' if one.summary else "<p><em>The feed gave no summary.</em></p>"
    )
    strong = "font-size:1.2rem;font-weight:600;overflow-wrap:anywhere"
    return f'<div{lang} dir="{way}" style="overflow-wrap:anywhere"><p dir="{way}" style="{strong}">{escape(one.title)}</p>{summary}</div>'


def questions(page: Page, sample: Sample, seq: int) -> None:
    """What to say of the item; a question shows where the codebook asks it."""
    radio("Is it about Kashmir?", f"coding-about-{seq}")
    if st.session_state[f"coding-about-{seq}"] == YES:
        radio("Is it relevant to the dispute or its diplomacy?", f"coding-relevant-{seq}")
        asks = SETS if st.session_state[f"coding-relevant-{seq}"] == YES else ("naming",)
        for name in asks:
            labels = dict(zip(sample.ids[name], sample.ids[name], strict=True))  # of tags that are no more, the ids
            labels |= {one.id: one.label for one in getattr(page.cube.lexicon, name)}
            st.multiselect(
                QUESTIONS[name],
                list(sample.ids[name]),
                key=f"coding-{name}-{seq}",
                format_func=labels.__getitem__,
                placeholder="None; type to find one",
                filter_mode="contains",
                select_all=False,  # else Enter takes all that match what was typed
            )
    st.text_input("Note (optional)", key=f"coding-note-{seq}", max_chars=NOTE, live=True)


def radio(label: str, key: str) -> None:
    """A question with the three answers."""
    st.radio(label, ANSWERS, None, key=key, format_func=str.capitalize, horizontal=True)


def buttons(page: Page, book: Book, coder: str, place: int, stopped: bool) -> None:
    """Save, go back, or leave an item for later; each by a key as well."""
    fixed = (page.cube.store.path, book, coder, place)
    if fault := st.session_state.pop("coding-unsaved", ""):
        st.error(f"Not saved. {literal(fault)}", icon=":material/error:")
    with st.container(horizontal=True, gap="small"):
        st.button(
            "Save, next",
            key="coding-save",
            type="primary",
            shortcut="Alt+N",
            on_click=save,
            args=(*fixed, None),
            disabled=stopped,
        )
        st.button(
            "Not about Kashmir, next",
            key="coding-not-about",
            shortcut="Alt+0",
            on_click=save,
            args=(*fixed, NO),
            disabled=stopped,
        )
        last = len(book.sample.drawn) - 1
        st.button("Back", key="coding-back", shortcut="Alt+P", on_click=turn, args=(place - 1,), disabled=place == 0)
        st.button("Skip", key="coding-skip", shortcut="Alt+K", on_click=turn, args=(place + 1,), disabled=place == last)


def turn(place: int) -> None:
    """Go to another item."""
    st.session_state["coding-place"] = place


def save(store: Path, book: Book, coder: str, place: int, about: str | None) -> None:
    """Keep the answer, and go to the next item that is not coded yet."""
    seq = book.sample.drawn[place].seq
    said = {name: st.session_state.get(f"coding-{name}-{seq}") for name in ANSWERED}
    if about:
        said["about"] = about
    try:
        codes.keep(store, [codes.answer(book.sample, seq, coder, time.time(), said)])
    except CodingError as error:
        st.session_state["coding-unsaved"] = str(error)
        return
    forget(seq)
    turn(open_place(book, coder, (place + 1) % len(book.sample.drawn)))
