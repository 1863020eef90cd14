"""What state of the data a figure shows, so that it can be had again: last seq, generation, lexicon version."""

from mentions.store import State


def text_of(state: State, seq: int = 0) -> str:
    """A state as one word, for links, exports and citations: 120345.3.a1b2c3; with `seq` one that ends there."""
    return f"{seq or state.seq}.{state.generation}.{state.lexicon or 'none'}"


def seq_of(snapshot: str, state: State) -> int:
    """The last seq of a snapshot where its rows are still as they were; 0 for all there is now."""
    return int(snapshot.partition(".")[0]) if snapshot and not fault(snapshot, state) else 0


def fault(snapshot: str, state: State) -> str:
    """Why the numbers of a snapshot cannot be had, in words; "" where they can."""
    seq, _, rest = snapshot.partition(".")
    generation, _, lexicon = rest.partition(".")
    if not snapshot:
        return ""
    if not (seq.isascii() and seq.isdigit() and len(seq) < 19 and generation and lexicon):
        return f"snapshot={snapshot} is not one of this monitor; shown is the data as it is now"
    if (generation, lexicon) != (state.generation, state.lexicon or "none"):
        was = f"lexicon {lexicon}" if lexicon != (state.lexicon or "none") else "their old tags or outlets"
        return f"snapshot={snapshot}: items have been tagged or credited anew since ({was}); shown is the data as it is now"
    if int(seq) > state.seq or not int(seq):
        return f"snapshot={snapshot} is of another store, or of one restored since; shown is the data as it is now"
    return ""
