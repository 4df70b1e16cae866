"""Headings over items: sections within sections, what leads to them, and which are no titles."""

import pytest

from publisher.model import Level, Link, Paragraph, Text
from tests.support.parsed_digest import ZH, A, B, C, codes, items, reading, texts, titles


def sections(text: str) -> list[str | None]:
    """Return the full headings of the sections that items are in."""
    return [item.section.full_heading.text if item.section else None for item in items(text)]


def test_sections_within_sections() -> None:
    """A heading over headings is named with each of them, up to the next of its level."""
    text = (
        f"# Weekly\n\n## NLP\n\n### Large\n\n#### One\n{A}\n\n{ZH}\n\n"
        f"### Small\n\n#### Two\n{B}\n\n{ZH}\n\n## Vision\n\n### Boats\n\n#### Three\n{C}\n\n{ZH}\n"
    )
    assert ["NLP · Large", "NLP · Small", "Vision · Boats"] == sections(text)
    assert [] == codes(text)


def test_section_within_a_section_is_called_by_its_own_name() -> None:
    """Feeds of sections are named by the innermost heading alone."""
    text = f"## NLP\n\n### Large\n\n#### One\n{A}\n\n{ZH}\n\n#### Two\n{B}\n\n{ZH}\n"
    assert ["Large", "Large"] == [
        item.section and item.section.heading.text for item in items(text)
    ]


def test_lists_within_lists() -> None:
    """Entries over entries are sections within sections, too."""
    text = (
        f"- NLP\n  - Large\n    - [One of Them]({A}): {ZH}\n"
        f"  - Small\n    - [Two of Them]({B}): {ZH}\n"
        f"- Vision\n  - Boats\n    - [Three of Them]({C}): {ZH}\n"
    )
    assert ["NLP · Large", "NLP · Small", "Vision · Boats"] == sections(text)


def test_page_that_a_section_leads_to() -> None:
    """It is shown above the section's text."""
    url = "https://example.org/nlp"
    text = f"# Weekly\n\n## [NLP]({url})\n\n### One\n{A}\n\n{ZH}\n\n### Two\n{B}\n\n{ZH}\n"
    section = items(text)[0].section
    assert section
    assert (Paragraph((Link(url, (Text(url),)),), "en"),) == section.intro


@pytest.mark.parametrize("drawn", ["==== {} ====", "--- {} ---", "—— {} ——"])
def test_signs_around_a_section(drawn: str) -> None:
    """What is drawn around a name is no part of it."""
    parts = (
        f"{drawn.format(name)}\n\n{title}\n{url}\n{ZH}\n\n"
        for name, title, url in (("cs.CL", "One of Them", A), ("cs.CV", "Two of Them", B))
    )
    assert ["cs.CL", "cs.CV"] == sections("# Weekly\n\n" + "".join(parts))


PAIR = "## {}\n\n**{}**\n{}\n\n{}\n\n"


@pytest.mark.parametrize(
    ("first", "second"),
    [("📄 Paper of the day", "Other papers"), ("今日论文", "其他推荐"), ("Must-reads", "More")],
)
def test_what_says_which_papers_these_are_is_no_title(first: str, second: str) -> None:
    """The stressed line below it is the title, also of a single paper."""
    text = PAIR.format(first, "Nets Are Cheap", A, ZH) + PAIR.format(second, "Boats Sink", B, ZH)
    assert ["Nets Are Cheap", "Boats Sink"] == titles(text)
    assert [first, second] == sections(text)


def test_short_headings_over_stressed_titles_are_warned_of() -> None:
    """They may be sections of one paper each; `items: headings` settles it."""
    text = PAIR.format("NLP", "Nets Are Cheap for All", A, ZH)
    text += PAIR.format("Vision", "Boats Sink in the Sea", B, ZH)
    assert [(3, "two-readings")] == codes(text)
    assert [] == codes(f"---\nitems: headings\n---\n{text}")


@pytest.mark.parametrize(
    ("first", "second"), [("Ana Oak, Bo Elm", "Cho Dun"), ("岸上的渔网与小船", "海上的小船与渔网")]
)
def test_names_and_translations_in_stress_are_not_warned_of(first: str, second: str) -> None:
    """No such line is a title."""
    text = PAIR.format("Nets and Boats", first, A, ZH) + PAIR.format("Boats Sink", second, B, ZH)
    assert [] == codes(text)


def test_title_in_stress_is_no_person() -> None:
    """Three words in capitals are a name unless a word is one that no name has."""
    text = PAIR.format("A Longer Title of Some Paper", "Attention Is Cheap", A, ZH)
    text += PAIR.format("Another Title of a Paper", "Ana Oak", B, ZH)
    assert [(), ("Ana Oak",)] == [item.metadata.authors for item in items(text)]


@pytest.mark.parametrize(
    "line",
    [
        "[⬆ Back to top](#top)", "[⬆️ 返回目录](#目录)", "- [回到顶部](#a)",
        "(<a href='#x'>back to top</a>)", "[Top](#a)",
    ],
)  # fmt: skip
def test_links_back_are_left_out(line: str) -> None:
    """A line that only leads to another place in the file is no text of an item."""
    text = f"## One\n{A}\n\n{ZH}\n\n{line}\n\n## Two\n{B}\n\n{ZH}\n"
    assert [[ZH], [ZH]] == texts(text)
    found = [d for d in reading(text).diagnostics if d.code == "navigation"]
    assert [(6, Level.info)] == [(remark.line, remark.level) for remark in found]


@pytest.mark.parametrize("line", ["Top", "We go back to the top.", "```\nBack to top\n```"])
def test_words_about_a_top_stay(line: str) -> None:
    """A word, a sentence and code are text."""
    text = f"## One\n{A}\n\n{ZH}\n\n{line}\n\n## Two\n{B}\n\n{ZH}\n"
    assert "navigation" not in [code for _, code in codes(text)]


def test_translations_one_level_below_titles() -> None:
    """Each title has one, and no other heading is on their level."""
    text = f"# Weekly\n\n### Counting Boats\n#### 岸上数船的方法\n{A}\n\n{ZH}\n\n"
    text += f"### Mending Nets\n#### 在海上补网\n{B}\n\n{ZH}\n"
    assert ["Counting Boats", "Mending Nets"] == titles(text)
    assert ["岸上数船的方法", "在海上补网"] == [
        x.translation.text for x in items(text) if x.translation
    ]


def test_sections_in_another_language_are_no_titles() -> None:
    """One of them has several papers."""
    text = f"## 岸上的船只\n### Counting Boats\n{A}\n\n{ZH}\n\n"
    text += f"## 海上的渔网\n### Mending Nets\n{B}\n\n{ZH}\n\n### Casting Nets\n{C}\n\n{ZH}\n"
    assert ["岸上的船只", "海上的渔网", "海上的渔网"] == sections(text)


@pytest.mark.parametrize("mark", ["## {}\n", "**{}**\n\n"])
def test_what_says_which_papers_stand_on_links_is_no_title(mark: str) -> None:
    """The words of the link below it are the title."""
    post = mark + "[{}]({})\n{}\n\n"
    text = post.format("Paper of the week", "Nets Are Cheap", A, ZH)
    text += post.format("🥈 Runner-ups", "Boats Sink", B, ZH) + f"[Third of Them]({C})\n{ZH}\n"
    assert ["Nets Are Cheap", "Boats Sink", "Third of Them"] == titles(text)
    assert ["Paper of the week", "🥈 Runner-ups", "🥈 Runner-ups"] == sections(text)


def test_word_that_stands_in_the_address_of_a_section() -> None:
    """It is the section's name, though an address may be its own words."""
    part = "## [{}](https://arxiv.org/list/{}/recent)\n\n1. {}. `arXiv:{}`\n2. {}. `arXiv:{}`\n\n"
    text = part.format("cs.CL", "cs.CL", "Nets Sink", "2408.00001", "Boats Sink", "2408.00002")
    text += part.format("cs.CV", "cs.CV", "Nets Float", "2408.00003", "Boats Float", "2408.00004")
    assert ["Nets Sink", "Boats Sink", "Nets Float", "Boats Float"] == titles(f"# Weekly\n\n{text}")
    assert ["cs.CL", "cs.CL", "cs.CV", "cs.CV"] == sections(f"# Weekly\n\n{text}")
