"""What MkDocs calls while it builds the site."""

from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from tools.site.reasons import reason_pages, with_links
from tools.site.reference import reference_pages
from tools.site.repository import FOLDER, Repository

ROOT = Path(__file__).parents[2]
REPOSITORY = Repository(ROOT)
CONDITIONS = "conditions.md"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the pages that nobody writes."""
    written = {f"docs/{page.src_uri}": page.content_string for page in files.documentation_pages()}
    shown = {page.place: page.text for page in REPOSITORY.shown(written).values()}
    reasons = reason_pages(written[f"docs/{CONDITIONS}"], ROOT / "tests" / "golden")
    for place, text in {**shown, **reasons, **reference_pages(ROOT / "crds")}.items():
        files.append(File.generated(config, place, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001 (MkDocs' signature)
    """The page with links that work in the site."""
    place = page.file.src_uri
    text = with_links(markdown) if place == CONDITIONS else markdown
    return REPOSITORY.linked(in_repository(place), text)


def in_repository(place: str) -> str:
    """The path in the repository of what the site has at this place."""
    below = place.removeprefix(f"{FOLDER}/")
    return f"docs/{place}" if below == place else below.removesuffix(".md") if is_code(below) else below


def is_code(path: str) -> bool:
    """Whether this place shows a file that is no Markdown, whose page has one more suffix."""
    return path.endswith(".md") and not (REPOSITORY.root / path).exists() and not path.endswith("README.md")
