"""Files of the repository that pages link to, as pages of the site, so that a link works there as in the repository.

A Markdown file is shown as it is, any other file as code; a folder is its README, or the list of what is in it.
"""

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = "repository"
"""Where in the site files from outside docs/ are."""

_LINK = re.compile(r"(?<=\]\()(?![a-z]+:|#|/)([^)#\s]+)")
_DOCS = "docs/"
_INDEX = "README.md"


@dataclass(frozen=True, slots=True)
class Shown:
    """A page of the site that shows a file or folder of the repository."""

    place: str
    """Its path in the site, as that of a Markdown file."""
    text: str


@dataclass(frozen=True, slots=True)
class Repository:
    """The checkout that the site is made of."""

    root: Path

    def shown(self, pages: dict[str, str]) -> dict[str, Shown]:
        """All that these pages (texts by their paths in the repository) link to and docs/ has not, directly or not."""
        found: dict[str, Shown] = {}
        waiting = dict(pages)
        while waiting:
            path, text = waiting.popitem()
            for target in self._targets(path, text):
                if target not in found and not self._is_in_docs(target):
                    found[target] = shown = self._show(target)
                    waiting[self._source(target)] = shown.text
        return found

    def linked(self, path: str, text: str) -> str:
        """The text of the page that the repository has at this path, with links as the site has them."""
        folder = posixpath.dirname(self.place(path))

        def here(link: re.Match[str]) -> str:
            target = self._resolved(path, link[1])
            return posixpath.relpath(self.place(target), folder or ".") if self._is_there(target) else link[1]

        return _LINK.sub(here, text)

    def place(self, path: str) -> str:
        """Where the site has a file or folder of the repository."""
        source = self._source(path)
        if source.startswith(_DOCS):
            return source.removeprefix(_DOCS)
        return f"{FOLDER}/{source}" if source.endswith(".md") else f"{FOLDER}/{source}.md"

    def _is_in_docs(self, target: str) -> bool:
        """Whether the site has it anyway; a folder of docs/ without a README is no page yet."""
        source = self._source(target)
        return source.startswith(_DOCS) and (self.root / source).exists()

    def _source(self, path: str) -> str:
        return posixpath.join(path, _INDEX) if (self.root / path).is_dir() else path

    def _targets(self, path: str, text: str) -> Iterator[str]:
        targets = (self._resolved(path, link) for link in _LINK.findall(text))
        yield from (target for target in targets if self._is_there(target))

    def _is_there(self, target: str) -> bool:
        return not target.startswith("..") and (self.root / target).exists()

    def _resolved(self, path: str, link: str) -> str:
        return posixpath.normpath(posixpath.join(posixpath.dirname(path), link))

    def _show(self, path: str) -> Shown:
        return Shown(self.place(path), self._text(path))

    def _text(self, path: str) -> str:
        there = self.root / self._source(path)
        if not there.exists():
            return self._listing(path)
        text = there.read_text()
        return text if there.suffix == ".md" else f"# `{path}`\n\n```{there.suffix.strip('.')}\n{text}```\n"

    def _listing(self, path: str) -> str:
        names = sorted(entry.name for entry in (self.root / path).iterdir() if not entry.name.startswith((".", "_")))
        return "\n".join([f"# `{path}`", "", *(f"- [{self._title(path, name)}]({name})" for name in names), ""])

    def _title(self, path: str, name: str) -> str:
        """The heading of a Markdown file, the name of any other."""
        if not name.endswith(".md"):
            return f"`{name}`"
        return (self.root / path / name).read_text().partition("\n")[0].removeprefix("# ")
