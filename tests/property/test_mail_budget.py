"""Whatever the texts are: a mail keeps within its budget, uses it, and shares it out fairly."""

import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from publisher.model import Block, Issue, Metadata, Paragraph, Text
from publisher.render.mail.issue_mail import Email
from publisher.render.mail.size_budget import Form, byte_size, fair_shares, shares
from tests.support.issue_mail import bounded, issue

#: How many bytes of a text a mail with links and contents shows before it does without those.
BEGINNING = 300
#: How many a link to the rest has: the last sentences of a text come together where they have less.
LINK = 160

Case = tuple[dict[str, list[int]], dict[str, int], int]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Make the sizes of texts, how often each stands in the mail, and the room there is."""
    sizes = {
        f"k{number}": [0, *sorted(draw(st.sets(st.integers(1, 90), max_size=6)))]
        for number in range(draw(st.integers(0, 6)))
    }
    counts = {key: draw(st.integers(0, 2)) for key in sizes}
    return sizes, counts, draw(st.integers(0, 500))


def weight(case: Case, chosen: dict[str, int]) -> int:
    """Return the bytes that texts take."""
    sizes, counts, _ = case
    return sum(counts[key] * sizes[key][at] for key, at in chosen.items())


@given(cases())
def test_never_over_the_room(case: Case) -> None:
    """What fits, fits."""
    sizes, counts, room = case
    assert weight(case, fair_shares(sizes, counts, room)) <= room


@given(cases())
def test_gives_up_only_when_the_least_does_not_fit(case: Case) -> None:
    """Whoever asks for more than there is room for is told, and nobody else."""
    sizes, counts, room = case
    least = {key: min(2, len(its) - 1) for key, its in sizes.items()}
    chosen = shares(sizes, counts, room, least)
    assert (chosen is None) == (weight(case, least) > room)
    assert chosen is None or all(chosen[key] >= least[key] for key in sizes)


@given(cases())
def test_shares_differ_by_less_than_a_sentence(case: Case) -> None:
    """A text without its last sentence is no longer than one that was cut, and one more of that.

    The room that is left may go to one sentence beyond the first, which is as long as it is. None
    has nothing while another has more than its first sentence.
    """
    sizes, counts, room = case
    chosen = fair_shares(sizes, counts, room)
    if any(at == 0 and len(sizes[key]) > 1 and counts[key] for key, at in chosen.items()):
        assert all(at <= 1 for key, at in chosen.items() if counts[key])
    for key, at in chosen.items():
        if at + 1 < len(sizes[key]) and counts[key]:
            for other, theirs in chosen.items():
                if theirs > 2 and counts[other]:
                    assert sizes[other][theirs - 1] <= sizes[key][at + 1]
                    assert at


@given(cases())
def test_what_is_left_over_is_less_than_a_sentence(case: Case) -> None:
    """Where a text was cut, at least one of those had no room for its next sentence."""
    sizes, counts, room = case
    chosen = fair_shares(sizes, counts, room)
    left = room - weight(case, chosen)
    steps = [
        counts[key] * (sizes[key][at + 1] - sizes[key][at])
        for key, at in chosen.items()
        if at + 1 < len(sizes[key]) and counts[key]
    ]
    assert not steps or max(steps) > left


# --- Mails --------------------------------------------------------------------------------

MARK = re.compile(r"(En|Zh)(\d+)-(\d+)")


def paragraph(lang: str, number: int, lengths: list[int]) -> Paragraph:
    """Make a paragraph of sentences, each with a mark and so many words."""
    one, end = ("word & ", ".") if lang == "En" else ("中文", "。")
    sentences = (
        f"{lang}{number}-{place} {one * length}{end}" for place, length in enumerate(lengths)
    )
    return Paragraph((Text(" ".join(sentences)),), "en" if lang == "En" else "zh-Hans")


@st.composite
def issues(draw: st.DrawFn) -> Issue:
    """Make an issue of papers with a text in one language, or in both, some with authors."""
    lengths = st.lists(st.integers(1, 30), min_size=1, max_size=12)
    made = issue(draw(st.integers(2, 40)))
    kinds = st.sampled_from((("En",), ("Zh",), ("En", "Zh")))
    items = [
        replace(
            item,
            body=tuple(paragraph(lang, item.number, draw(lengths)) for lang in draw(kinds)),
            section=None,
            metadata=Metadata(authors=("Rita Lio",) * draw(st.integers(0, 12))),
        )
        for item in made.items
    ]
    return replace(made, items=tuple(items), preheader="Papers.")


def part_of(made: Issue, percent: int) -> int:
    """Return a part of the bytes that an issue's mail has as a whole."""
    return max(9_000, len(bounded(made, 1_000_000).html_bytes) * percent // 100)


def sentences(content: str) -> dict[tuple[str, int], list[int]]:
    """Return which sentences of each text stand in a part of a mail, by language and item."""
    shown: dict[tuple[str, int], list[int]] = {}
    for lang, number, place in MARK.findall(content):
        shown.setdefault((lang, int(number)), []).append(int(place))
    return shown


def lengths_of(blocks: tuple[Block, ...]) -> list[list[int]]:
    """Return how many bytes each paragraph has as HTML up to the end of each sentence."""
    return [
        [byte_size(words.replace("&", "&amp;")) for words in beginnings(block)]
        for block in blocks
        if isinstance(block, Paragraph)
    ]


def beginnings(block: Paragraph) -> list[str]:
    """Return the text up to each of its sentences' ends."""
    (node,) = block.children
    assert isinstance(node, Text)
    return [node.value[: match.end()] for match in re.finditer(r"[.。](?= |$)", node.value)]


@given(issues(), st.integers(30, 100))
def test_mail_keeps_within_its_budget_and_uses_it(made: Issue, percent: int) -> None:
    """Both parts have at most as many bytes as they may; where texts were cut, nearly as many."""
    limit = part_of(made, percent)
    email = bounded(made, limit)
    assert len(email.html_bytes) <= limit
    assert len(email.text_bytes) <= limit
    if {Form.beginning} == {shortened.form for shortened in email.shortened}:
        assert len(email.html_bytes) >= 0.9 * limit


@given(issues(), st.integers(30, 100))
def test_mail_shows_the_same_of_all_papers(made: Issue, percent: int) -> None:
    """Of each text the beginning is shown, to one level, and in both parts as much."""
    email = bounded(made, part_of(made, percent))
    html = sentences(email.html)
    assert all(places == list(range(len(places))) for places in html.values())
    assert html == sentences(email.text)
    shown = list(shown_lengths(made, email))
    for with_one_more in (more for _, more, whole in shown if not whole):
        for without_last, _, _ in shown:
            # What it has at least is the beginning of each of its languages.
            assert without_last <= max(with_one_more + LINK, 2 * BEGINNING)


def shown_lengths(made: Issue, email: Email) -> list[tuple[int, int, bool]]:
    """Return of each text what is shown without its last sentence, and with one more.

    In bytes of HTML of both languages, and whether it is whole.
    """
    html = sentences(email.html)
    rows = []
    for item in made.items:
        strands = lengths_of(item.body)
        counts = [
            len(html.get(("En" if block.lang == "en" else "Zh", item.number), ()))
            for block in item.body
            if isinstance(block, Paragraph)
        ]
        whole = all(count == len(ends) for count, ends in zip(counts, strands, strict=True))
        pairs = list(zip(counts, strands, strict=True))
        without = sum(ends[count - 2] if count > 1 else 0 for count, ends in pairs)
        more = sum(ends[min(count, len(ends) - 1)] for count, ends in pairs)
        rows.append((without, more, whole))
    return rows
