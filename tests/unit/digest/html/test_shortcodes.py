"""Shortcodes, attributes and places for contents: they go, and what they hold stays.

Shapes are those of sites made by Hugo, Jekyll, Hexo and VuePress; all words are new.
"""

import pytest

from publisher.model import Level
from tests.support.markup import lines_of, placed, read, shown, told


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ('{{< table "x" >}}\n|a|b|\n|-|-|\n{{< /table >}}', "|a|b|\n|-|-|"),
        ("{{% notice note %}}Words.{{% /notice %}}", "Words."),
        ("{{< figure\n  src='x.png'\n  caption='y' >}}\nWords.", "Words."),
        ("{% include x.html a='b' %}Words.", "Words."),
        ("{% note info %}\nWords.\n{% endnote %}", "Words."),
        ("{%- if x -%}Words.{%- endif -%}", "Words."),
        ("{% comment %}Words.", "Words."),
        ("{% raw %}Words {{ a }}.{% endraw %} {{ page.b }}c", "Words {{ a }}. c"),
        ("{% raw %}Words {{ page.b }}.", "Words ."),
        ("Words {{ page.title }}.", "Words ."),
        ("{{page.title | upcase}}Words.", "Words."),
        ('{{ "a" | relative_url }}Words.', "Words."),
        ('[Words]({{< ref "x.md" >}}).', "Words."),
        ("![Words]({{ site.url }}/x.png).", "Words."),
        ('{% link x %}[Words]({% post_url x %} "y").', "Words."),
        (
            '[p](https://a.org){:target="_blank"} [q](https://b.org){: .btn .blue }',
            "[p](https://a.org) [q](https://b.org)",
        ),
        (
            "[p](https://a.org){target=_blank rel='x'} ![](https://a.org/x){width=50%}",
            "[p](https://a.org) ![](https://a.org/x)",
        ),
        ("Words.\n{: .note}", "Words."),
        ("{: #id .class key='v'}\nWords.", "Words."),
        ("{::options toc_levels='1' /}\nWords.", "Words."),
        ("# Words {.unnumbered #w}", "# Words"),
        ("# Words {#w}", "# Words {#w}"),
        ("{.class}\nWords.", "Words."),
        ("* Contents\n{:toc}\n\nWords.", "Words."),
        ("[[toc]]\nWords.", "Words."),
        ("[TOC]\nWords.", "Words."),
        ("[[_TOC_]]\nWords.", "Words."),
        ("@[toc](目录)\nWords.", "Words."),
        ("{{toc}}\nWords.", "Words."),
        ("\\newpage\nWords.\n\\vspace{1em}", "Words."),
        (":::note\nWords.\n:::", "Words."),
        ("::: {.callout-note}\nWords.\n:::", "Words."),
        ("::: tip 提示\nWords.\n:::", "**提示**\nWords."),
        (":::warning[Mind the oven]\nWords.\n:::", "**Mind the oven**\nWords."),
    ],
)
def test_shortcodes_go(typed: str, expected: str) -> None:
    """They are taken away where they stand, and the words between two of them stay."""
    assert expected == shown(typed)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("{{< button href='URL' >}}arXiv{{< /button >}}, x", "[arXiv](URL), x"),
        ("{{% card title=\"Loaf\" url='URL' %}}\nWords.\n{{% /card %}}", "[Loaf](URL)\nWords."),
        ("{% btn URL, Paper, fa fa-x %}", "[Paper](URL)"),
        ("{% link URL %} {% link https://a.org x %}", "[](URL)"),
    ],
)
def test_papers_addresses_stay(typed: str, expected: str) -> None:
    """What links to a paper is a link, with the words that it says or holds."""
    url = "https://arxiv.org/abs/2401.90001"
    assert expected.replace("URL", url) == shown(typed.replace("URL", url)).strip()


@pytest.mark.parametrize(
    "text",
    [
        "$x_{{a}}$ and $\\{{b}\\}$",
        "x_{{ a }} and \\frac{{ a }}{b}",
        "title = {{Saw Agents}} and {{name}}",
        "`{{ page.title }}` and `{% x %}`",
        "```\n{{< x >}}\n[TOC]\n:::\n```",
        "a {b} c, {a, b}, {x = 1}, f(x){y}",
        "f'{:.2f} {:,} {:>8}'",
        "50 {% of it",
        "see [TOC] there, and \\newpage there",
        "\\newcommand and C:\\newpages",
        ":: and a ::: b",
        "- one\n- toc",
        "{{ open",
        "{{< open }} and {{/* open",
    ],
)
def test_text_is_returned_as_it_is(text: str) -> None:
    """Formulas, BibTeX, code, sets and formats of Python are none."""
    lines = lines_of(text)
    assert lines == read(text)[0]
    assert [] == told(text)


def test_comments_are_told_of() -> None:
    """A comment has words, which go with a remark on their lines."""
    text = "One\n{% comment %}\nfor the editor\n{% endcomment %}\ntwo {{/* x */}}"
    assert [(1, "One"), (5, "two")] == placed(text)
    remarks = [(line, level, words) for line, _, level, code, words in read(text)[1]
               if code == "hidden-markup"]  # fmt: skip
    assert [
        (2, Level.warning, "a comment: left out to line 4"),
        (5, Level.warning, "a comment: left out"),
    ] == remarks


def test_one_remark_tells_of_all() -> None:
    """It names the first line."""
    text = "One\n[TOC]\n{{< a >}}\n\n{: .x}"
    [(line, column, level, code, _)] = read(text)[1]
    assert (2, 1, Level.info, "markup") == (line, column, level, code)
