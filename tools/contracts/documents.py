"""Swagger 2.0 documents and their references to each other."""

import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

Schema: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Document:
    """One document; `folder` is where its references to other files start (None: it has none)."""

    title: str
    content: Schema
    folder: Path | None = None

    def find(self, reference: str) -> "Located":
        """What a `$ref` in this document points to."""
        file, _, pointer = reference.partition("#")
        document = self._beside(file) if file else self
        found: Any = document.content
        for step in pointer.strip("/").split("/"):
            found = found[step.replace("~1", "/").replace("~0", "~")]
        return Located(document=document, schema=found)

    def _beside(self, file: str) -> "Document":
        assert self.folder is not None, f"{self.title} refers to {file} but is no file"
        return read_document((self.folder / file).resolve())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Located:
    """A part of a document, with the document that its references count from."""

    document: Document
    schema: Schema

    def resolved(self) -> "Located":
        """The part itself, where this is only a reference to it."""
        here = self
        while "$ref" in here.schema:
            here = here.document.find(here.schema["$ref"])
        return here

    def beside(self, schema: Schema) -> "Located":
        """Another part of the same document."""
        return Located(document=self.document, schema=schema)


@functools.cache
def read_document(path: Path) -> Document:
    """A document that is a file, read once."""
    content = json.loads(path.read_text())
    return Document(title=f"{path.name} {content['info']['version']}", content=content, folder=path.parent)
