"""What the codings of a sample say: how right the tags are, and the answers as files, out and in again."""

import math
from pathlib import Path

import pandas as pd
import streamlit as st

from mentions import codes, coding
from mentions.codes import Book, Code, CodingError
from mentions.coding import ALL_AGREE, Agreement, Figures, Rate
from views.states import literal

NAMES = {
    "about": "About Kashmir",
    "relevant": "Relevant",
    "forums": "Forums",
    "topics": "Topics",
    "naming": "Naming forms",
}

HOW = """
Each share with its 95% interval (Wilson) and its numbers. **Precision**: of what the tagger gave the articles drawn, what the coder gave
too. **Recall**: of what the coder gave the items drawn without keywords, what the tagger gave too. **Recall within articles**: the same
among the articles drawn; it says nothing of articles never found. Forums, topics and naming forms count single tags over all items; tags
of one item hang together, so their intervals are somewhat too narrow. Tags are those the items bore when the sample was drawn. Items a
coder could not tell are left out. **Agreement**: Krippendorff's alpha (nominal); for sets of tags the mean over the tags that some answer
has and some has not, on the items that both coders called relevant (naming forms: about Kashmir).
"""


def show(store: Path, book: Book, stopped: bool) -> None:
    """Draw the results once they are asked for: who has not finished coding should not see them."""
    if not st.toggle(
        "Show results and files (they show the codes: finish coding first)",
        key="coding-results",
        persist_state="session",
    ):
        return
    if book.damaged:
        st.warning(
            f"{book.damaged:,} lines of this sample's file cannot be read and are left out.", icon=":material/error:"
        )
    if not book.coders:
        st.info("Nobody has coded an item of this sample yet.", icon=":material/inbox:")
    else:
        results(book)
        files(book)
    bring_in(store, book, stopped)


def results(book: Book) -> None:
    """The table of figures, by whose answers are chosen."""
    each = ", ".join(f"{literal(one)} {len(book.by(one)):,}" for one in book.coders)
    st.markdown(f"Coded, of {len(book.sample.drawn):,} items: {each}.")
    choices = [*book.coders, *([ALL_AGREE] if len(book.coders) > 1 else [])]
    usual = choices.index(coding.reference(book))
    by = st.selectbox(
        "Whose answers count as right",
        choices,
        usual,
        key=f"coding-by-{book.sample.id}",
        format_func=lambda one: one or "Only what all coders of an item say alike",
        width=320,
    )
    rows = [row_of(one) for one in coding.figures(book, by)]
    st.table(pd.DataFrame(rows).set_index(""), alt="Precision, recall and agreement of each dimension")
    unsure = sum(codes.UNSURE in (code.about, code.relevant) for code in book.by(by).values())
    if unsure:
        st.caption(f"Of {unsure:,} items this coder could not tell whether they are about Kashmir or relevant.")
    with st.expander("How to read these figures"):
        st.markdown(HOW)


def row_of(one: Figures) -> dict[str, str]:
    """The figures of a dimension in words."""
    flag = one.dimension in ("about", "relevant")
    return {
        "": NAMES[one.dimension],
        "Precision": in_words(one.precision, "no coded article bears it"),
        "Recall": in_words(one.recall, "cannot be said: no positive in the sample"),
        "Recall within articles": "" if flag else in_words(one.found, "cannot be said: no positive in the sample"),
        "Agreement (alpha)": agreed(one.agreement),
    }


def in_words(rate: Rate, nothing: str) -> str:
    """A share with its interval and numbers, or why there is none."""
    if not rate.of:
        return nothing
    low, high = rate.interval
    return f"{rate.share:.0%} ({low:.0%} to {high:.0%}), {rate.hits:,} of {rate.of:,}"


def agreed(one: Agreement) -> str:
    """Alpha with its numbers, or why there is none."""
    if math.isnan(one.alpha):
        return f"cannot be said: {one.why}"
    tags = f", mean of {one.tags:,} tags" if one.tags > 1 else ""
    return f"{one.alpha:.2f}, {one.items:,} {'item' if one.items == 1 else 'items'}{tags}"


def files(book: Book) -> None:
    """All answers as files."""
    answers = list(book.codes.values())
    name = f"coding-{book.sample.id}"
    with st.container(horizontal=True, gap="small"):
        for label, data, kind in (
            ("CSV", codes.as_csv(answers), "text/csv"),
            ("JSON lines", codes.as_json_lines(answers), "application/jsonl"),
        ):
            ending = "csv" if label == "CSV" else "jsonl"
            st.download_button(
                f"{label}, {len(answers):,} answers",
                data,
                f"{name}.{ending}",
                kind,
                key=f"coding-{ending}",
                icon=":material/download:",
                on_click="ignore",
            )


def bring_in(store: Path, book: Book, stopped: bool) -> None:
    """Answers from a file, such as a second coder's from another machine."""
    file = st.file_uploader(
        "Bring in answers on this sample (CSV or JSON lines, as saved here)",
        type=["csv", "jsonl"],
        key="coding-import",
        max_upload_size=codes.MOST_IMPORTED // 1_000_000,
        disabled=stopped,
    )
    if file is None:
        return
    try:
        given = codes.imported(file.getvalue(), file.name.lower().endswith(".csv"), book.sample)
    except CodingError as error:
        st.error(literal(error), icon=":material/error:")
        return
    new, changed = codes.compared(book, given)
    people = ", ".join(literal(one) for one in dict.fromkeys(code.coder for code in given))
    st.markdown(
        f"The file holds {len(given):,} answers by {people}: {len(new):,} new, {len(changed):,} that differ from answers"
        f" kept here, {len(given) - len(new) - len(changed):,} already here."
    )
    over = bool(changed) and st.checkbox(
        f"Replace the {len(changed):,} answers kept here that differ", key="coding-replace"
    )
    taken = new + (changed if over else [])
    st.button(
        f"Take over {len(taken):,} answers",
        key="coding-take",
        on_click=take,
        args=(store, taken),
        disabled=stopped or not taken,
    )


def take(store: Path, taken: list[Code]) -> None:
    """Keep answers that were brought in."""
    try:
        codes.keep(store, taken)
    except CodingError as error:
        st.session_state["coding-fault"] = str(error)
    else:
        st.toast(f"{len(taken):,} answers taken over.")
