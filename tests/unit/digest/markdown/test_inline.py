"""Markdown inside a paragraph: emphasis, code, mathematics, line ends, what is left alone."""

import pytest

from publisher.digest.markdown import inline
from publisher.model import Code, Emphasis, Inline, LineBreak, Link, Math, Strong, Text, plain


def parse(text: str) -> tuple[Inline, ...]:
    """Parse a paragraph in which nothing is wrong."""

    def refuse(position: int, code: str, message: str) -> None:
        raise AssertionError((position, code, message))

    return inline.parse(text, refuse)


def marked(text: str) -> str:
    """Parse a paragraph and write its structure with tags."""
    return "".join(map(tagged, parse(text)))


def tagged(node: Inline) -> str:  # noqa: PLR0911  (one for each kind)
    """Write a node with tags."""
    match node:
        case Text(value):
            return value
        case Code(value):
            return f"<c>{value}</c>"
        case Math(source):
            return f"<m>{source}</m>"
        case LineBreak():
            return "<br>"
        case Emphasis(children):
            return f"<i>{''.join(map(tagged, children))}</i>"
        case Strong(children):
            return f"<b>{''.join(map(tagged, children))}</b>"
        case Link(url, children):
            return f"<a {url}>{''.join(map(tagged, children))}</a>"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("**“零样本”**测试", "<b>“零样本”</b>测试"),
        ("这是**重点：**后面", "这是<b>重点：</b>后面"),
        ("提升（**26%**）。", "提升（<b>26%</b>）。"),
        ("用*强调*文字", "用<i>强调</i>文字"),
        ("以_下划线_强调", "以<i>下划线</i>强调"),
        ("__粗__体", "<b>粗</b>体"),
        ("***又粗又斜***结束", "<i><b>又粗又斜</b></i>结束"),
        ("**bold *both* bold**", "<b>bold <i>both</i> bold</b>"),
        ("**《书名》**、*《篇名》*。", "<b>《书名》</b>、<i>《篇名》</i>。"),
        ("**a**b**c**", "<b>a</b>b<b>c</b>"),
        ("*a **b*", "*a *<i>b</i>"),
        ("**在 3*4 网格上训练**的", "<b>在 3*4 网格上训练</b>的"),
        ("另有 **一个 N*M 矩阵** 与 **2*3** 两例", "另有 <b>一个 N*M 矩阵</b> 与 <b>2*3</b> 两例"),
        ("**a 3*4 grid** and *a 2*2 one*", "<b>a 3*4 grid</b> and <i>a 2*2 one</i>"),
        (
            "빵을 **호밀(Rye)**을 반죽**[발효]**반죽",
            "빵을 <b>호밀(Rye)</b>을 반죽<b>[발효]</b>반죽",
        ),
        ("**[链接](https://a.org)**：", "<b><a https://a.org>链接</a></b>："),
    ],
)
def test_emphasis(text: str, expected: str) -> None:
    """Emphasis works beside Chinese punctuation and without spaces."""
    assert expected == marked(text)


@pytest.mark.parametrize(
    "text",
    [
        "snake_case_name",
        "2 * 3 * 4",
        "a * b",
        "** 空 **",
        "*",
        "**",
        "*未闭合",
        "A* search",
        "a*",
        "********************a********************",
        "5*3",
        "3*4*5",
        "d*h*w",
        "__init__x",
        "* * *",
        "_",
        "文*",
    ],
)
def test_mark_without_a_partner_is_text(text: str) -> None:
    """A lone mark stays as typed."""
    assert (Text(text),) == parse(text)


def test_nesting_has_a_bottom() -> None:
    """Emphasis nests at most twelve deep, and no character is lost beyond."""
    text = "*a **b " * 40 + "x" + "** *" * 40
    depth, nodes = 0, inline.parse(text, lambda *_: None)
    while nested := [n for n in nodes if isinstance(n, Emphasis | Strong)]:
        depth, nodes = depth + 1, nested[0].children
    assert depth <= 12
    assert "x" in plain(inline.parse(text, lambda *_: None))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("用`x = *a*`赋值", "用<c>x = *a*</c>赋值"),
        ("``a`b``", "<c>a`b</c>"),
        ("`` ` ``", "<c>`</c>"),
        ("`https://a.org`", "<c>https://a.org</c>"),
        ("`a\nb`", "<c>a b</c>"),
        ("`未闭合 *a*", "`未闭合 <i>a</i>"),
        ("`a``b", "`a``b"),
        (r"\`a\`", "`a`"),
    ],
)
def test_code(text: str, expected: str) -> None:
    """Code spans show their text to the letter; one nobody closes is text."""
    assert expected == marked(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("公式 $math_{a}*b$ 与 $c*d_e$", "公式 <m>math_{a}*b</m> 与 <m>c*d_e</m>"),
        ("$$x_1 * y_2 * z$$", "<m>x_1 * y_2 * z</m>"),
        (r"$\alpha_{*}$", r"<m>\alpha_{*}</m>"),
        ("价格 $5 和 $10", "价格 $5 和 $10"),
        ("$", "$"),
        ("$$$$", "$$$$"),
        (r"\(x_i * y_*\) 与 \[ E = m * c^2 * z \]", "<m>x_i * y_*</m> 与 <m>E = m * c^2 * z</m>"),
        (r"\[\alpha*\beta*\gamma\]", r"<m>\alpha*\beta*\gamma</m>"),
        ("costs $5 (or 4 in the UK) to 10$ each", "costs $5 (or 4 in the UK) to 10$ each"),
        ("$100M vs $200M; 3$/month and 5$/year", "$100M vs $200M; 3$/month and 5$/year"),
        ("$k$-NN, $5:1$ and $2n$", "<m>k</m>-NN, <m>5:1</m> and <m>2n</m>"),
    ],
)
def test_mathematics(text: str, expected: str) -> None:
    """A formula is taken before its marks are emphasis; a dollar that is money stays money."""
    assert expected == marked(text)


@pytest.mark.parametrize(("opening", "closing"), [("\\[", "\\]"), ("\\(", "\\)"), ("$$", "$$")])
def test_a_formula_on_lines_of_its_own(opening: str, closing: str) -> None:
    """A formula may stand on several lines."""
    text = f"故有\n{opening}\n\\{{x_i^* \\|\n  y_j^*\\}} *z*\n{closing}\n*完*"
    assert "故有 <m>\\{x_i^* \\|\n  y_j^*\\} *z*</m> <i>完</i>" == marked(text)


@pytest.mark.parametrize("text", ["$$\n*a*\n$$", "\\[\n*a*\n\\]", "$$\n*a* x^2"])
def test_lines_that_are_no_formula(text: str) -> None:
    """Dollars and brackets without LaTeX between them, or never closed, keep nothing as it is."""
    assert "<i>a</i>" in marked(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"\*a\* \# \\ \_", "*a* # \\ _"),
        (r"\[1\] \(x\) \(a \= b", "[1] (x) (a = b"),
        (r"\textbf{粗} 和 \emph{斜}", "<b>粗</b> 和 <i>斜</i>"),
        (r"\url{javascript:x}", "javascript:x"),
        (r"\href{ this https URL }{\color{blue}here}.", "here."),
        (r"\href{https://a.org}{\textbf{here}}", "<a https://a.org><b>here</b></a>"),
        (r"\textcolor{red}{hot}", "hot"),
        (r"\href{https://a.org}{文}", "<a https://a.org>文</a>"),
    ],
)
def test_backslash(text: str, expected: str) -> None:
    """A backslash escapes punctuation; LaTeX's own commands stay."""
    assert expected == marked(text)


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<b>粗</b>",
        "<img src=x onerror=y>",
        "AT&T; R&D &c",
        "&nonsense; &#0; &#8; &zwj;",
        "<!-- x -->",
        "<a href='javascript:x'>y</a>",
        "<a name='x'>y</a>",
        "a < b > c",
        "[1] (见附录)",
        "[^1] [x][1]",
        "[",
        "]",
        "![",
        "[a](",
        "[a]",
        "<https",
        "（）",
        "{}",
    ],
)
def test_html_and_half_marks_are_text(text: str) -> None:
    """HTML is shown, never passed on, and an unfinished mark is text."""
    assert (Text(text),) == parse(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("R&amp;D &lt;b&gt; &quot;a&quot;", 'R&D <b> "a"'),
        ("&mdash;&nbsp;&#x4e2d;&#25991;", "—\xa0中文"),
        ("`&amp;` $&lt;$", "<c>&amp;</c> <m><</m>"),
        ("&lt;*强调*&gt;", "<<i>强调</i>>"),
        ("https://a.org/?b&amp;c 文", "<a https://a.org/?b&c>https://a.org/?b&c</a> 文"),
        ("[a](https://a.org/?b&amp;c)", "<a https://a.org/?b&c>a</a>"),
    ],
)
def test_entities(text: str, expected: str) -> None:
    """What was written for HTML is the character it stands for, except in code and mathematics."""
    assert expected == marked(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '见<a href="https://a.org" target="_blank">**此**处</a>',
            "见<a https://a.org><b>此</b>处</a>",
        ),
        ("<a class='x' href='https://a.org'></a>", "<a https://a.org>https://a.org</a>"),
        ("甲<br>乙<br/>\n  丙<br />丁", "甲<br>乙<br>丙<br>丁"),
    ],
)
def test_html_links_and_breaks(text: str, expected: str) -> None:
    """Of HTML, links and line breaks are read."""
    assert expected == marked(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("中文\n换行", "中文换行"),
        ("中文，\nGPT", "中文，GPT"),
        ("中文\nGPT", "中文 GPT"),
        ("English\nlines", "English lines"),
        ("“引号”\n中文", "“引号”中文"),
        ("a \nb", "a b"),
        ("a\n   b", "a b"),
        ("a  \nb", "a<br>b"),
        ("a\\\nb", "a<br>b"),
        ("中文  \n　　中文", "中文<br>中文"),
    ],
)
def test_line_end(text: str, expected: str) -> None:
    """A line end is a space between words, nothing between Han characters, or a break."""
    assert expected == marked(text)


def test_unsafe_link_is_shown_and_told() -> None:
    """A script address stays visible as text, with its place in a diagnostic."""
    found: list[tuple[int, str]] = []
    nodes = inline.parse(
        "看[这](javascript:alert(1))吧", lambda at, code, _: found.append((at, code))
    )
    assert (Text("看[这](javascript:alert(1))吧"),) == nodes
    assert [(1, "unsafe-link")] == found


def test_huge_label_is_text() -> None:
    """A label of thousands of characters is no label, and its address still a link."""
    nodes = parse(f"[{'字' * 3000}](https://a.org/x)")
    assert ["https://a.org/x"] == [node.url for node in nodes if isinstance(node, Link)]
    assert f"[{'字' * 3000}](https://a.org/x)" == plain(nodes)


def test_plain_paragraph_is_one_text() -> None:
    """A paragraph without marks comes out as it went in."""
    text = "本文提出一种方法 (SLM)，将 GSM8K 的准确率从 12.51% 提升至 63.91%！“真的”？"
    assert (Text(text),) == parse(text)
    assert () == parse("")
