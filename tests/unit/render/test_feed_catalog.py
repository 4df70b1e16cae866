"""Every feed of a newsletter."""

import re

import pytest

from publisher.config import Newsletter
from publisher.render.feed_catalog import (
    Archive,
    Topic,
    all_feeds,
    fixed_feeds,
    media_type,
    topic_slug,
)

ONE = Newsletter(title="Papers", base_url="https://news.example.org/", languages=("en",))
TWO = Newsletter(title="Papers", base_url="https://news.example.org/")


def test_a_newsletter_has_issues_and_papers() -> None:
    """In one language there are two feeds, at the addresses that bookmarks have."""
    paths = [feed.path(kind) for feed in fixed_feeds(ONE) for kind in ("atom", "rss", "json")]
    assert paths == [
        *("feeds/issues.atom", "feeds/issues.rss", "feeds/issues.json"),
        *("feeds/papers.atom", "feeds/papers.rss", "feeds/papers.json"),
    ]


def test_a_bilingual_newsletter_has_each_feed_thrice() -> None:
    """With two languages each feed is there in both together, first, and in each."""
    names = [feed.name for feed in fixed_feeds(TWO)]
    assert names == ["issues", "en/issues", "zh-Hans/issues", "papers", "en/papers",
                     "zh-Hans/papers"]  # fmt: skip


def test_a_language_feed_knows_the_whole_one() -> None:
    """A feed in one language names the feed with the same entries in all."""
    assert [feed.whole for feed in fixed_feeds(TWO)] == ["issues"] * 3 + ["papers"] * 3


def test_topics_follow() -> None:
    """Tags and sections have feeds in folders of their own."""
    topics = [Topic("tag", "llm", "LLM"), Topic("section", "llm", "LLM")]
    names = [feed.name for feed in all_feeds(ONE, topics)]
    assert names == ["issues", "papers", "tags/llm", "sections/llm"]


def test_titles_tell_feeds_apart() -> None:
    """No two feeds of a newsletter have one title, but a tag and a section of one name."""
    titles = [feed.title for feed in all_feeds(TWO, [Topic("tag", "x", "多模态")])]
    assert titles == [
        *("Papers", "Papers (English)", "Papers (简体中文)"),
        *("Papers: papers", "Papers: papers (English)", "Papers: papers (简体中文)"),
        *("Papers: 多模态", "Papers: 多模态 (English)", "Papers: 多模态 (简体中文)"),
    ]


def test_archives_stand_apart() -> None:
    """A closed archive is where a web server can tell that it never changes, in all languages."""
    assert (
        fixed_feeds(TWO)[1].archive_path("json", Archive(3)) == "feeds/archive/issues/3/feed.json"
    )


@pytest.mark.parametrize(
    ("label", "slug"),
    [("LLM", "llm"), ("large language", "large-language"), ("ＬＬＭ", "llm"), (" a\tb ", "a-b")],
)
def test_a_plain_word_is_its_own_slug(label: str, slug: str) -> None:
    """A label of ASCII letters and digits keeps them, whatever its case, width or spaces."""
    assert topic_slug(label) == slug


@pytest.mark.parametrize("label", ["多模态", "C++", "a/b", "../..", "_", "é", "x" * 300, "a_b"])
def test_any_label_gives_a_file_name(label: str) -> None:
    """What is no plain word goes by a hash, short and in letters that every system takes."""
    assert re.fullmatch(r"[a-z0-9-]{0,48}_[0-9a-f]{10}", topic_slug(label))


def test_slugs_do_not_collide() -> None:
    """Labels that read alike in ASCII, and a label that looks like a hash, stay apart."""
    labels = ["多模态", "多模", "c++", "c#", "c", topic_slug("c++"), "x" * 300, "x" * 301]
    assert len({topic_slug(label) for label in labels}) == len(labels)


def test_a_slug_never_changes() -> None:
    """A Chinese tag's address is for good: this one was given when the first came."""
    assert topic_slug("多模态") == "_5d7b7e7776"


def test_media_types() -> None:
    """Each format has the media type of its specification."""
    assert [media_type(kind) for kind in ("atom", "rss", "json")] == [
        "application/atom+xml", "application/rss+xml", "application/feed+json"
    ]  # fmt: skip
