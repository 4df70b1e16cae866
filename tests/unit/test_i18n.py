"""The interface's words: catalogues in step with code and templates, and nothing left out."""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel.dates import format_date
from babel.messages.catalog import Catalog, Message
from babel.messages.frontend import CommandLineInterface
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from lxml import etree, html

from publisher.config import Newsletter
from publisher.i18n import CATALOGUES, languages, words
from publisher.render.context_builder import Views
from publisher.render.templating.loader import BUILT_IN
from tests.support.newsletter_folder import NOW, Newsroom, newsroom

ROOT = Path(__file__).parents[2]
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%")
FILES = sorted(CATALOGUES.glob("*/LC_MESSAGES/publisher.po"))
#: What is the same in Chinese.
NAMES = {
    *("arXiv", "Atom", "DOI", "Face", "Feed", "Hugging", "JSON", "PDF", "RSS"),
    *("subscriptions", "opml"),
}
TEMPLATES = sorted(path.name for path in BUILT_IN.iterdir() if path.is_file())


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """Return the messages in code and templates, as `make catalogues` finds them."""
    path = tmp_path_factory.mktemp("catalogue") / "publisher.pot"
    mapping = f"--mapping={ROOT / 'pyproject.toml'}"
    command = ["pybabel", "--quiet", "extract", mapping, f"--output={path}"]
    CommandLineInterface().run([*command, str(ROOT)])  # type: ignore[no-untyped-call]
    return catalogue(path)


def catalogue(path: Path) -> Catalog:
    """Read a catalogue."""
    with path.open("rb") as source:
        return read_po(source, abort_invalid=True)


def said(found: Catalog) -> Iterator[Message]:
    """Return the messages of a catalogue without its header."""
    return (each for each in found if each.id)


def forms(text: str | Sequence[str] | None) -> tuple[str, ...]:
    """Return all forms of a message."""
    return (text,) if isinstance(text, str) else tuple(text or ())


def translations(found: Catalog) -> dict[object, tuple[str, ...]]:
    """Return what each message becomes, by its context and its forms."""
    return {(message.context, forms(message.id)): forms(message.string) for message in said(found)}


def test_catalogues_are_for_languages() -> None:
    """There are words in English and Simplified Chinese."""
    assert languages() == ["en", "zh-Hans"]
    assert [path.parts[-3] for path in FILES] == ["zh_Hans"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parts[-3])
def test_catalogue_has_every_message(path: Path, used: Catalog) -> None:
    """What code and templates say is in the catalogue, and nothing else: `make catalogues`."""
    found = catalogue(path)
    assert [each.id for each in said(found)] == [each.id for each in said(used)]
    assert list(found.obsolete) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parts[-3])
def test_every_message_is_translated(path: Path) -> None:
    """No message is left empty, or was only guessed."""
    open_ones = [e.id for e in said(catalogue(path)) if "" in forms(e.string) or e.fuzzy]
    assert open_ones == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parts[-3])
def test_placeholders_are_the_same(path: Path) -> None:
    """What is filled into a message is filled into its translation."""
    for each in said(catalogue(path)):
        expected = sorted(PLACEHOLDER.findall(forms(each.id)[-1]))
        found = [sorted(PLACEHOLDER.findall(text)) for text in forms(each.string)]
        assert found == [expected] * len(found)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parts[-3])
def test_compiled_catalogue_is_not_stale(path: Path) -> None:
    """What the program reads is what the .po file says: `make catalogues`.

    Other bytes may differ: the header names the version of Babel that wrote it.
    """
    with path.with_suffix(".mo").open("rb") as source:
        compiled = read_mo(source)
    assert translations(catalogue(path)) == translations(compiled)
    assert catalogue(path).plural_forms == compiled.plural_forms


@pytest.mark.parametrize(("language", "locale"), [("en", "en_GB"), ("zh-Hans", "zh_Hans")])
def test_dates_are_as_in_cldr(language: str, locale: str) -> None:
    """A date is written as the Unicode consortium says people write it."""
    views = Views(Newsletter(), ZoneInfo("UTC"), words(language))
    for month in range(1, 13):
        day = date(2026, month, 2 * month)
        shown = views.moment(datetime(2026, month, 2 * month, tzinfo=UTC)).text
        assert shown == format_date(day, "long", locale=locale)


@pytest.mark.parametrize("name", TEMPLATES)
def test_template_has_no_words_of_its_own(name: str) -> None:
    """Text in a template stands in `{% trans %}`, or nobody could translate it."""
    source = (BUILT_IN / name).read_text(encoding="utf-8")
    source = re.sub(r"{% trans.*?{% endtrans %}|{[{%#].*?[}%#]}", "", source, flags=re.DOTALL)
    source = re.sub(r"<(style|mj-style)>.*?</\1>", "", source, flags=re.DOTALL)
    heard = re.findall(r'(?:aria-label|title|alt)="([^"]*)"', source)
    shown = re.sub(r"<[^>]*>|&\w+;", "", source)
    assert re.findall("[A-Za-z]+", " ".join((shown, *heard))) == []


# --- A newsletter in Chinese --------------------------------------------------------------

DIGEST = """这是导语。

## 第一篇
[代](https://arxiv.org/abs/2408.00001)

正文。[见](https://youtu.be/a) [另见](https://github.com/1/2) [又见](https://github.com/1/3)

# 另一节

## 第二篇
[链](https://doi.org/10.1000/1)

正文。
"""


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    """Set up a newsletter in Chinese."""
    with newsroom(tmp_path) as made:
        path = made.folder / "publisher.toml"
        settings = path.read_text(encoding="utf-8").replace(
            'title = "Papers"',
            'title = "论文"\ndescription = "说明"\nauthor = "作者"\n'
            'languages = ["zh-Hans"]\ninterface_language = "zh-Hans"',
        )
        path.write_text(settings, encoding="utf-8")
        yield made


def latin(text: str) -> set[str]:
    """Return the words that are no Chinese, but for addresses and names."""
    address = r"<\S+>|https?://\S+|[\w.]+\.(org|html|opml)|tag:\S+|arXiv[ :]\S+|doi:\S+"
    plain = re.sub(address, "", text)
    return set(re.findall("[A-Za-z]{2,}", plain)) - NAMES


def texts(page: bytes) -> Iterator[str]:
    """Yield all that a page lets people see or hear."""
    tree = html.fromstring(page)
    etree.strip_elements(tree, "style", etree.Comment, with_tail=False)
    yield from map(str, tree.itertext())
    heard = tree.xpath("//@aria-label | //*[not(self::html)]/@title | //meta[@property]/@content")
    assert isinstance(heard, list)
    yield from map(str, heard)


def test_newsletter_in_chinese_has_no_english_words(room: Newsroom) -> None:
    """Whatever word code makes up for pages, mails and feeds comes from the catalogue."""
    room.drop("001.txt", DIGEST)
    room.build()
    room.drop("001.txt", DIGEST.replace("正文", "新的正文"))
    room.drop("002.txt", DIGEST)
    room.build(NOW + timedelta(days=9))
    english = {}
    for path, data in room.files().items():
        if path.endswith(".html"):
            whole = data.replace(b"<wbr>", b"")  # in the midst of an address
            english[path] = {word for text in texts(whole) for word in latin(text)}
        elif path.endswith("email.txt"):
            english[path] = latin(data.decode())
        elif path.endswith(".json"):
            feed = json.loads(data)
            said = [feed["title"], *(each["title"] for each in feed["items"])]
            english[path] = latin(" ".join(said))
    assert len(english) > 10
    assert {path: words for path, words in english.items() if words} == {}


def test_page_in_chinese(room: Newsroom) -> None:
    """Sentences are whole, and their dates and marks Chinese."""
    room.drop("001.txt", DIGEST)
    room.drop("002.txt", f"{DIGEST}\n又一句。\n")
    room.build()
    page = " ".join(" ".join(texts(room.files()["issues/002/index.html"])).split())
    assert "第 002 期 · 2026年11月20日 · 共 2 篇" in page
    assert "曾刊于： 第一篇、第二篇 （2026年11月20日）" in page
    assert "发布者：作者。 用阅读器订阅 。" in page


def test_mail_in_chinese(room: Newsroom) -> None:
    """A mail says in Chinese why it came and how to leave; so does its text."""
    room.drop("001.txt", DIGEST)
    room.build()
    (record,) = room.records().values()
    issue = room.published(record)
    assert issue is not None
    mail = room.renderers.own.email(issue, record, "mailto:leave@example.org")
    assert "你收到这封邮件，是因为你订阅了《论文》。退订" in "".join(texts(mail.html.encode()))
    assert (
        "你收到这封邮件，是因为你订阅了《论文》。\n退订：<mailto:leave@example.org>\n"
    ) in mail.text


def test_headlines_follow_the_setting(room: Newsroom) -> None:
    """When the setting changes, what is published already gets its name in the new language."""
    path = room.folder / "publisher.toml"
    room.drop("001.txt", DIGEST)
    room.build()
    assert room.records()["001"].headline == "第一篇、第二篇"
    settings = path.read_text(encoding="utf-8")
    path.write_text(settings.replace('interface_language = "zh-Hans"', ""), encoding="utf-8")
    room.build()
    assert room.records()["001"].headline == "第一篇 and 第二篇"
    assert "第一篇 and 第二篇" in room.page("archive/1/index.html")
