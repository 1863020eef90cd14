"""Tells in which of the lexicon's languages a short text is written, for items whose feed does not say."""

from functools import cache
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier  # type: ignore[import-untyped]

TOLD = ("en", "ur", "hi", "ar", "fa", "tr", "zh", "fr", "es", "de", "ru", "bn")
"""The languages that the lexicon has terms in."""

# What looks like one of those, from places whose press writes of Kashmir. With the twelve alone the model takes
# Marathi for Hindi, Italian for English or Spanish and Japanese for Chinese; with all its 139 languages it takes 30 of
# 620 invented titles for a dialect or a sister of what they are, with these two.
NEIGHBOURS = ("az", "gu", "id", "it", "ja", "ko", "mr", "ms", "ne", "nl", "pa", "ps", "pt", "ta", "te", "uk")

# Below it nothing is said. Of 6,467 real titles that leaves some 30 more unsaid and five fewer wrong; bare digits, single
# names and other scripts, which the model would else give to whichever language it is readiest with, go unsaid.
SURE = 0.3

READ = 500
"""Characters that are looked at: more told no more of 521 labelled real items, and time grows with length."""

_loading = Lock()


def language_of(text: str) -> str:
    """The code of the language of a title, or of title and summary; "" where it is another one or cannot be told.

    Wants the text as given: `folded` takes away the letters by which Arabic and Persian differ from Urdu. Never
    raises. The first call in a process loads the model (0.6 s, 80 MB), later ones take some 0.1 ms; threads may share
    it. Figures: `python -m bench.languages`.
    """
    with _loading:
        identifier = _identifier()
    code: str = identifier.classify(text[:READ])[0]
    return code if code in TOLD else ""


@cache
def _identifier() -> "LanguageIdentifier":
    # Imported only here, since few processes ever meet an item that names Kashmir and comes without a language.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True, min_confidence=SURE)
    identifier.set_languages(TOLD + NEIGHBOURS)
    return identifier
