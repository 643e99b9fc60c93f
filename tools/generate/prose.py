"""Turns the SDK's docstrings into plain sentences: no markup, no links, no advice to read elsewhere."""

import re
from collections.abc import Iterable

_MARKUP = (
    (r"<br\s*/?>", " "),
    (r"\*\*(.+?)\*\*", r"\1"),
    (r"`([^`<]+?)\s*<([^>]*)>`_+", r"\1"),
    (r"`+([^`]+)`+", r"\1"),
    (r"\s*\(https?://\S+\)", ""),
    (r"\s*Known values (are|is): .*$", ""),
    (r"\s+-\s+for more information see https?://.*?(?=\.?$)", ""),
    (r"\s+", " "),
)

_NOISE = (
    r"https?://\S+\.\w+/",
    r"HTTP status code (is )?400",
    r"^Required\.",
    r"^\"\w+\"$",
    r"^Possible values are:? [\w, ]+\.",
    r"[Ff]or (more|further) information",
    r"^For information about",
    r"^To get the list of",
    r"manualUpgrade action",
)

_SENTENCE_ENDS = re.compile(r"(?<=[.])\s+(?=[\"A-Z'])")


def plain(text: str, known_values: tuple[str, ...] = ()) -> str:
    """The text as sentences without markup, with the values that the SDK knows at its end."""
    sentences = _distinct(s for s in _SENTENCE_ENDS.split(_unmarked(text)) if s and not _is_noise(s))
    known = [f"Known values: {', '.join(known_values)}."] if known_values else []
    return " ".join([*sentences, *known])


def _unmarked(text: str) -> str:
    for pattern, replacement in _MARKUP:
        text = re.sub(pattern, replacement, text)
    return text.strip()


def _is_noise(sentence: str) -> bool:
    return any(re.search(pattern, sentence) for pattern in _NOISE)


def _distinct(sentences: Iterable[str]) -> list[str]:
    """Each sentence once: the SDK repeats a summary as the first sentence of its description."""
    by_meaning = {sentence.lower().removeprefix("the "): sentence for sentence in sentences}
    return list(by_meaning.values())
