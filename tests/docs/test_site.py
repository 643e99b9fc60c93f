"""docs/ as a site: built strictly, whole, and without anything from elsewhere."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

PROJECT = Path(__file__).parents[2]
DOCS = PROJECT / "docs"


@dataclass
class Html(HTMLParser):
    """What a page refers to, and what can be referred to in it."""

    links: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)
    """What a browser fetches with the page: scripts, styles, images."""
    ids: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.ids |= {given["id"] or ""} if "id" in given else set()
        for name in ("href", "src"):
            if value := given.get(name):
                (self.links if tag == "a" else self.loaded).append(value)


def read(page: Path) -> Html:
    html = Html()
    html.feed(page.read_text())
    return html


def build(into: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(into), *options]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Html]:
    """The pages of the site as built, by their files."""
    folder = tmp_path_factory.mktemp("site")
    built = build(folder)
    assert built.returncode == 0, built.stderr
    return {page: read(page) for page in folder.rglob("*.html")}


def root(site: dict[Path, Html]) -> Path:
    return min(site, key=lambda page: len(page.parts)).parent


def test_every_page_that_is_written_is_in_the_site(site: dict[Path, Html]) -> None:
    written = {page.relative_to(DOCS) for page in DOCS.rglob("*.md")}
    places = {page if page.name == "README.md" else page.with_suffix("") / "README.md" for page in written}
    assert {place for place in places if root(site) / place.with_name("index.html") not in site} == set()


def test_every_link_of_the_site_leads_to_a_page_and_an_anchor_that_it_has(site: dict[Path, Html]) -> None:
    broken = [
        (str(page.relative_to(root(site))), link)
        for page, html in site.items()
        if page.name != "404.html"  # is served for any address, so its links begin at the root
        for link in (*html.links, *html.loaded)
        if not leads(site, page, link)
    ]
    assert broken == []


def leads(site: dict[Path, Html], page: Path, link: str) -> bool:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return True
    there = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    target = there / "index.html" if there.is_dir() else there
    return target.exists() and (not parts.fragment or unquote(parts.fragment) in site[target].ids)


def test_a_browser_fetches_nothing_from_elsewhere(site: dict[Path, Html]) -> None:
    assert [address for html in site.values() for address in html.loaded if urlsplit(address).netloc] == []
    styles = [sheet.read_text() for sheet in root(site).rglob("*.css")]
    assert [sheet for sheet in styles if "url(http" in sheet or "@import" in sheet] == []


def test_pictures_and_styles_come_as_they_are(site: dict[Path, Html]) -> None:
    files = [file for file in (DOCS / "assets").rglob("*") if file.is_file()]
    assert files != []
    assert [file for file in files if (root(site) / file.relative_to(DOCS)).read_bytes() != file.read_bytes()] == []


def test_a_search_for_a_reason_finds_its_page(site: dict[Path, Html]) -> None:
    index = json.loads((root(site) / "search" / "search_index.json").read_text())
    titles = {entry["title"]: entry["location"] for entry in index["docs"] if "#" not in entry["location"]}
    assert titles["<code>WaitingForReplicas</code>"] == "reasons/WaitingForReplicas/"


def test_a_link_that_leads_nowhere_fails_the_build(tmp_path: Path) -> None:
    assert [line for line in complaints(tmp_path, "[gone](gone.md)") if "gone.md" in line] != []
    assert [line for line in complaints(tmp_path, "[gone](#gone)") if "#gone" in line] != []


def complaints(folder: Path, text: str) -> Iterator[str]:
    """What the strict build of a site with this one page says against it."""
    pages = folder / "docs"
    pages.mkdir(exist_ok=True)
    (pages / "README.md").write_text(f"# A page\n\n{text}\n")
    configuration = folder / "mkdocs.yml"
    configuration.write_text(f"INHERIT: {PROJECT / 'mkdocs.yml'}\ndocs_dir: docs\nhooks: []\n")
    built = build(folder / "site", "--config-file", str(configuration))
    assert built.returncode == 1
    yield from built.stderr.splitlines()
