r"""arXiv's daily mail: the forms are those of its own listings, from 1994 on; words are new."""

from datetime import UTC

import pytest

from publisher.digest.parser import read
from tests.support.notations import markdown, numbered, told

RULE = "-" * 78
MAIL = rf"""Date: Fri, 13 Feb 26 01:29:12 GMT
Subject: cs daily 2 new + 1 crosses received

{RULE}
Send any comments regarding submissions directly to submitter.
{RULE}
Archives at http://arxiv.org/
To unsubscribe, e-mail To: cs@arXiv.org, Subject: cancel
{RULE}
 Submissions to:
Artificial Intelligence
 received from  Wed 11 Feb 26 19:00:00 GMT  to  Thu 12 Feb 26 19:00:00 GMT
{RULE}
\\
arXiv:2602.90001 (*cross-listing*)
Date: Thu, 12 Feb 2026 17:11:20 GMT   (56kb,D)

Title: Round Loaves: New Shapes
  and a Rule
Authors: Ana Bar\'akat (Mill),
  Jo\~ao Pan
Categories: cs.GT cs.LG
DOI: 10.9999/abc
\\
  Loaves roll. We measure
- 3 floors; see
https://example.org/floors
for them.
  None was
# 1.
\\ ( https://arxiv.org/abs/2602.90001 ,  56kb)
%%--%%--%%--%%--%%--%%--%%--%%--%%--%%--%%--%%
\\
arXiv:2503.90002
replaced with revised version Wed, 11 Feb 2026 22:17:21 GMT   (9726kb)

Title: Can a Lid Explain the Crust?
Authors: Al Hern
Categories: cs.AI
\\ ( https://arxiv.org/abs/2503.90002 ,  9726kb)
%%%---%%%---%%%---%%%---%%%---%%%---%%%---%%%---
For general information on the new announcement service, see
http://arxiv.org/help/
"""
PAPERS = [
    (18, "## Round Loaves: New Shapes and a Rule"),
    (15, "**Link**: https://arxiv.org/abs/2602.90001"),
    (16, "**Date**: Thu, 12 Feb 2026 17:11:20 GMT"),
    (16, "**Size**: 56kb,D"),
    (20, r"**Authors**: Ana Bar\'akat (Mill), Jo\~ao Pan"),
    (22, "**Categories**: cs.GT cs.LG"),
    (23, "**DOI**: 10.9999/abc"),
    (15, "**Announce type**: cross-listing"),
    (25, "Loaves roll. We measure - 3 floors; see https://example.org/floors"),
    (28, "for them."),
    (29, "None was # 1."),
    (37, "## Can a Lid Explain the Crust?"),
    (34, "**Link**: https://arxiv.org/abs/2503.90002"),
    (35, "**Announce type**: replaced with revised version"),
    (35, "**Date**: Wed, 11 Feb 2026 22:17:21 GMT"),
    (35, "**Size**: 9726kb"),
    (38, "**Authors**: Al Hern"),
    (39, "**Categories**: cs.AI"),
]


def test_papers() -> None:
    """Each paper has a heading, fields and paragraphs; no line of an abstract opens a block."""
    assert PAPERS == numbered(MAIL)


def test_what_stands_around_the_papers_is_left_out() -> None:
    """One remark names the lines of header and footer; rules have no words."""
    named = "lines 1–2, 5, 7–8, 10–12 and 42–43"
    message = f"left out ({named}): what arXiv's mail has around its papers"
    assert [(1, "left-out", message)] == told(MAIL)


@pytest.mark.parametrize("margin", ["> ", ">> ", "    ", "\t", "> > "])
def test_quoted_or_indented(margin: str) -> None:
    """A mail that was forwarded reads the same."""
    text = "\n".join(f"{margin}{line}".rstrip() for line in MAIL.split("\n"))
    assert [words for _, words in PAPERS] == markdown(text)


def test_mail_of_old() -> None:
    """Before 2007 papers had senders and classes of subjects; a month's list has no abstracts."""
    text = rf"""\\
Paper (*cross-listing*): hep-th/9901001
From: Al Laz  <al@example.com>
Date: Sat, 1 Jan 2000 02:05:30 GMT   (29kb)
Date (revised v2): Tue, 4 Jan 2000 21:59:55 GMT   (30kb)

Title: Yeast
Authors: A. Laz
Subj-class: Bread; Salt and
  Water
\\
{RULE}
"""
    assert [
        "## Yeast",
        "**Link**: https://arxiv.org/abs/hep-th/9901001",
        "**From**: Al Laz  <al@example.com>",
        "**Date**: Sat, 1 Jan 2000 02:05:30 GMT",
        "**Size**: 29kb",
        "**Date (revised v2)**: Tue, 4 Jan 2000 21:59:55 GMT",
        "**Size**: 30kb",
        "**Authors**: A. Laz",
        "**Subj-class**: Bread; Salt and Water",
        "**Announce type**: cross-listing",
    ] == markdown(text)


def test_week_of_mails() -> None:
    """A day between the papers of a week is a heading over them."""
    text = f"\\\\\n/* Tue, 20 Jul 2021 */\n\\\\\narXiv:2107.90001\n\nTitle: Yeast\n\\\\\n{RULE}\n"
    assert [
        (2, "# Tue, 20 Jul 2021"),
        (6, "## Yeast"),
        (4, "**Link**: https://arxiv.org/abs/2107.90001"),
    ] == numbered(text)


def test_mail_in_a_digest() -> None:
    """What an editor writes above, between and below the papers stays; headings go deeper."""
    first, second = MAIL.split("%%--%%--%%--%%--%%--%%--%%--%%--%%--%%--%%--%%\n")
    text = f"# 周报\n\n大家好。\n\n## 今日 arXiv\n\n{first}\n编者按：好。\n\n{second}\n再见。\n"
    assert ["# 周报", "大家好。", "## 今日 arXiv"] == markdown(text)[:3]
    assert "### Round Loaves: New Shapes and a Rule" == markdown(text)[3]
    assert "编者按：好。" in markdown(text)
    assert ["---", "再见。"] == markdown(text)[-2:]


def test_paper_without_a_title() -> None:
    """A paper whose title is lost is called by its address."""
    text = "\\\\\narXiv:2602.90001\nAuthors: A. Ash\n\\\\\n  Text.\n"
    assert "## https://arxiv.org/abs/2602.90001" == markdown(text)[0]


def test_what_is_read() -> None:
    """Both papers reach the issue, by their titles and links."""
    issue = read(MAIL.encode(), "1.txt", languages=("en", "zh-CN"), zone=UTC).issue
    assert issue
    assert [
        ("Round Loaves: New Shapes and a Rule", "2602.90001"),
        ("Can a Lid Explain the Crust?", "2503.90002"),
    ] == [(item.title.text, item.paper and item.paper.value) for item in issue.items]
