"""What MkDocs calls while it builds the site."""

from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from tools.site.repository import FOLDER, Repository

REPOSITORY = Repository(Path(__file__).parents[2])


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the pages that nobody writes."""
    written = {f"docs/{page.src_uri}": page.content_string for page in files.documentation_pages()}
    for shown in REPOSITORY.shown(written).values():
        files.append(File.generated(config, shown.place, content=shown.text))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001 (MkDocs' signature)
    """The page with links that work in the site."""
    return REPOSITORY.linked(in_repository(page.file.src_uri), markdown)


def in_repository(place: str) -> str:
    """The path in the repository of what the site has at this place."""
    below = place.removeprefix(f"{FOLDER}/")
    return f"docs/{place}" if below == place else below.removesuffix(".md") if is_code(below) else below


def is_code(path: str) -> bool:
    """Whether this place shows a file that is no Markdown, whose page has one more suffix."""
    return path.endswith(".md") and not (REPOSITORY.root / path).exists() and not path.endswith("README.md")
