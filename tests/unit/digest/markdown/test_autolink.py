"""Addresses in running text, and the papers they lead to."""

import pytest

from publisher.digest.markdown import inline
from publisher.digest.markdown.autolink import paper_of, safe_url
from publisher.model import Link, links_in, plain
from publisher.paper_id import PaperId, PaperScheme


def links(text: str) -> list[tuple[str, str]]:
    """Return each link of a paragraph as its words and its address."""
    nodes = inline.parse(text, lambda *_: None)
    return [(plain(link.children), link.url) for link in links_in(nodes)]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("访问https://hf.co/google/gemma-scope，互动演示", "https://hf.co/google/gemma-scope"),
        ("代码可在https://vader-vid.github.io获取。", "https://vader-vid.github.io"),
        ("项目页面：https://vita-home.github.io。", "https://vita-home.github.io"),
        ("(see https://a.org/b_(c)).", "https://a.org/b_(c)"),
        ("（见 https://a.org/b）", "https://a.org/b"),
        ("“https://a.org/q”", "https://a.org/q"),
        ("'https://a.org/q'", "https://a.org/q"),
        ("《https://a.org》", "https://a.org"),
        ("see https://a.org/x…", "https://a.org/x"),
        ("https://a.org/x?y=1&z=%E4%B8%AD#f;", "https://a.org/x?y=1&z=%E4%B8%AD#f"),
        ("**https://a.org/x**", "https://a.org/x"),
        ("https://a.org/x_y_z_", "https://a.org/x_y_z"),
        ("GitHub:https://github.com/a/b; ", "https://github.com/a/b"),
        ("http://localhost:8000/x y", "http://localhost:8000/x"),
        (
            "https://web.archive.org/web/2020/https://a.org/",
            "https://web.archive.org/web/2020/https://a.org/",
        ),
    ],
)
def test_bare_address_ends_where_the_sentence_goes_on(text: str, shown: str) -> None:
    """An address with a scheme stops at the first character that is not its own."""
    assert [(shown, shown)] == links(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("已在 github.com/ShishirPatil/gorilla 上开源", "github.com/ShishirPatil/gorilla"),
        ("见vader-vid.github.io获取", "vader-vid.github.io"),
        ("a.readthedocs.io/en/latest。", "a.readthedocs.io/en/latest"),
        ("www.example.com。", "www.example.com"),
        ("bit.ly/3xY and", "bit.ly/3xY"),
    ],
)
def test_address_without_a_scheme_is_a_link(text: str, shown: str) -> None:
    """What can be nothing but an address becomes one, over HTTPS."""
    assert [(shown, f"https://{shown}")] == links(text)


@pytest.mark.parametrize(
    "text",
    [
        "a.py",
        "GPT-4o.com",
        "e.g. node.js",
        "3.5/4",
        "and/or.",
        "x@b.com/y",
        "https://",
        "见 .com/x",
    ],
)
def test_what_only_looks_like_an_address_is_text(text: str) -> None:
    """File names, versions and the like are no links."""
    assert [] == links(text)


@pytest.mark.parametrize(
    "text",
    [
        "在 https://hf.co/m42{https://hf.co/m42} 上",
        "在 https://hf.co/m42(https://hf.co/m42)上",
        "在 [https://hf.co/m42](https://hf.co/m42) 上",
        "在 <https://hf.co/m42> 上",
        r"在 \url{https://hf.co/m42} 上",
    ],
)
def test_doubled_address_is_one_link(text: str) -> None:
    """However an address is said twice, one link comes out and no braces."""
    assert [("https://hf.co/m42", "https://hf.co/m42")] == links(text)
    assert "在 https://hf.co/m42上" == plain(inline.parse(text, lambda *_: None)).replace(
        " 上", "上"
    )


@pytest.mark.parametrize("between", ["", ",", "，", ";", " "])
def test_two_addresses_run_together_are_two_links(between: str) -> None:
    """A second scheme starts a second address, with or without a comma."""
    text = f"https://github.com/a/b{between}https://github.com/c/d"
    assert ["https://github.com/a/b", "https://github.com/c/d"] == [url for _, url in links(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[链接](https://a.org)", ("链接", "https://a.org")),
        ("[嵌[套]](https://a.org)", ("嵌[套]", "https://a.org")),
        ("[宽]（https://a.org/x）", ("宽", "https://a.org/x")),
        ("[混](https://a.org）", ("混", "https://a.org")),
        ("[a](https://a.org/a_(b)_c)", ("a", "https://a.org/a_(b)_c")),
        ("[a](<https://a.org/x y>)", ("a", "https://a.org/x%20y")),
        ('[a](https://a.org "题")', ("a (题)", "https://a.org")),
        ("[a](https://a.org (题))", ("a (题)", "https://a.org")),
        (r'[a](https://a.org "\"题\"&amp;")', ('a ("题"&)', "https://a.org")),
        (r"[a](https://a.org/\(b)", ("a", "https://a.org/(b")),
        ("[a](https://a.org/b&lpar;c)", ("a", "https://a.org/b(c")),
        ("[a](www.a.org)", ("a", "https://www.a.org")),
        ("[a](github.com/x)", ("a", "https://github.com/x")),
        ("[a](Example.com)", ("a", "https://example.com")),
        ("[a](mailto:a@b.org)", ("a", "mailto:a@b.org")),
        ("![图](https://a.org/i.png)", ("图", "https://a.org/i.png")),
        ("![](https://a.org/i.png)", ("https://a.org/i.png",) * 2),
        ("[**粗** `码`](https://a.org)", ("粗 码", "https://a.org")),
        (r"\href{https://a.org}{文字}", ("文字", "https://a.org")),
        ("[见 https://b.org](https://a.org)", ("见 https://b.org", "https://a.org")),
        ("[[a](https://a.org)", ("a", "https://a.org")),
        ("[[[a]](https://a.org)", ("[a]", "https://a.org")),
    ],
)
def test_bracketed_link(text: str, expected: tuple[str, str]) -> None:
    """Markdown's and LaTeX's links work, with untidy brackets too."""
    assert [expected] == links(text)


@pytest.mark.parametrize(
    ("label", "url"),
    [
        ("arXiv:2408.05211v2", "https://arxiv.org/abs/2408.05211v2"),
        ("arxiv: cs/0112017", "https://arxiv.org/abs/cs/0112017"),
        ("doi:10.1145/3292500.3330701", "https://doi.org/10.1145/3292500.3330701"),
        ("DOI: 10.1000/a(b)c", "https://doi.org/10.1000/a(b)c"),
    ],
)
def test_paper_named_by_its_number_is_a_link(label: str, url: str) -> None:
    """Papers cite each other as `arXiv:…` and `doi:…`."""
    assert [(label, url)] == links(f"见 {label}。")


@pytest.mark.parametrize(
    "label",
    ["arXiv:２４０８.０５２１１", "arxiv:cs/０１１２０１７", "doi:10.１１４５/3292500.3330701"],
)
def test_number_in_other_digits_is_no_link(label: str) -> None:
    """No paper's address has other than ASCII digits."""
    assert [] == links(f"见 {label}。")


@pytest.mark.parametrize(
    "raw",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "/a/b",
        "#x",
        "file:///etc/passwd",
        "ftp://a.org/x",
        "",
        "https://",
        "https://a b.org",
        "//a.org",
        "http://[::1",
        "https://a.org:99999/",
        "mailto:",
        "https://.../",
        "main.py",
        "java\nscript:x",
    ],
)
def test_unsafe_or_broken_address_is_none(raw: str) -> None:
    """Only http(s) and mailto come through."""
    assert safe_url(raw) is None


@pytest.mark.parametrize(
    ("raw", "url"),
    [
        ("https://a.org/x?y#z", "https://a.org/x?y#z"),
        ("HTTPS://A.org/Path", "https://a.org/Path"),
        (
            "https://例子.cn/路径?查=询#段",
            "https://xn--fsqu00a.cn/%E8%B7%AF%E5%BE%84?%E6%9F%A5=%E8%AF%A2#%E6%AE%B5",
        ),
        ("https://a.org/100%", "https://a.org/100%25"),
        ('https://a.org/a[b]|c"d<e>', "https://a.org/a%5Bb%5D%7Cc%22d%3Ce%3E"),
        ("https://user:pw@a.org:8080/x", "https://a.org:8080/x"),
        ("http://[::1]:80/x", "http://[::1]:80/x"),
        ("  https://a.org ", "https://a.org"),
        ("https://a.org/x#a#b", "https://a.org/x#a%23b"),
    ],
)
def test_safe_address_is_plain_ascii(raw: str, url: str) -> None:
    """What RFC 3986 does not allow is encoded, a host becomes its A-label, secrets go."""
    assert url == safe_url(raw)
    assert url == safe_url(url)


@pytest.mark.parametrize(
    ("url", "value"),
    [
        ("https://arxiv.org/abs/2408.05211", "2408.05211"),
        ("http://arxiv.org/abs/2408.05211v12", "2408.05211"),
        ("https://www.arxiv.org/pdf/2408.05211", "2408.05211"),
        ("https://arxiv.org/pdf/2408.05211v2.pdf", "2408.05211"),
        ("https://arxiv.org/html/2408.05211v1?x=1#S2", "2408.05211"),
        ("https://export.arxiv.org/abs/0704.0001", "0704.0001"),
        ("https://arxiv.org/abs/cs/0112017v3", "cs/0112017"),
        ("https://arxiv.org/abs/hep-th/9901001", "hep-th/9901001"),
        ("https://arxiv.org/pdf/math.GT/0309136.pdf", "math/0309136"),
        ("https://ar5iv.labs.arxiv.org/html/2408.05211", "2408.05211"),
        ("https://doi.org/10.48550/arXiv.2408.05211", "2408.05211"),
        ("https://huggingface.co/papers/2408.05211", "2408.05211"),
        ("https://hf.co/papers/2408.05211", "2408.05211"),
        ("https://www.alphaxiv.org/overview/2408.05211v1", "2408.05211"),
        ("https://papers.cool/arxiv/2408.05211", "2408.05211"),
        ("https://scirate.com/arxiv/hep-th/9901001", "hep-th/9901001"),
        ("https://browse.arxiv.org/html/2408.05211v1", "2408.05211"),
        ("https://de.arxiv.org/abs/2408.05211", "2408.05211"),
        ("http://xxx.lanl.gov/abs/2408.05211", "2408.05211"),
        ("https://ARXIV.org/ABS/2408.05211", "2408.05211"),
        ("https://arxiv.org/abs/HEP-TH/9901001", "hep-th/9901001"),
        ("https://arxiv.org/src/2408.05211v1", "2408.05211"),
        ("https://arxiv.org/abs/arXiv:2408.05211", "2408.05211"),
        ("https://www.semanticscholar.org/arxiv/2408.05211", "2408.05211"),
        ("https://api.semanticscholar.org/arXiv:2408.05211", "2408.05211"),
        ("https://www.emergentmind.com/papers/2408.05211", "2408.05211"),
        ("https://www.google.com/url?q=https://arxiv.org/abs/2408.05211&sa=D", "2408.05211"),
        (
            "https://www.google.com/url?sa=t&url=https%3A%2F%2Farxiv.org%2Fpdf%2F2408.05211",
            "2408.05211",
        ),
    ],
)
def test_arxiv_address_in_any_form_is_the_same_paper(url: str, value: str) -> None:
    """Version, format, mirror and subject class are no part of a paper's identity."""
    assert PaperId(PaperScheme.arxiv, value) == paper_of(url)


@pytest.mark.parametrize(
    ("url", "value"),
    [
        ("https://doi.org/10.1145/3292500.3330701", "10.1145/3292500.3330701"),
        ("http://dx.doi.org/10.1038/S41586-021-03819-2", "10.1038/s41586-021-03819-2"),
        ("https://www.doi.org/10.1000%2Fabc/?x=1", "10.1000/abc"),
        ("https://doi.org/10.1016/S0140-6736(20)30183-5", "10.1016/s0140-6736(20)30183-5"),
        ("https://dl.acm.org/doi/10.1145/3292500.3330701", "10.1145/3292500.3330701"),
        ("https://www.science.org/doi/full/10.1126/science.ade2574", "10.1126/science.ade2574"),
    ],
)
def test_doi_address_is_a_paper(url: str, value: str) -> None:
    """A DOI is compared without case, and decoded."""
    assert PaperId(PaperScheme.doi, value) == paper_of(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://arxiv.org/list/cs.AI/recent",
        "https://arxiv.org/abs/",
        "https://arxiv.org",
        "https://notarxiv.org/abs/2408.05211",
        "https://doi.org/",
        "https://doi.org/11.1/x",
        "https://github.com/a/2408.05211",
        "https://arxiv.org.evil.com/abs/2408.05211",
        "https://huggingface.co/papers",
        "https://huggingface.co/datasets/2408.05211",
        "https://a.org/doi/",
    ],
)
def test_other_addresses_are_no_papers(url: str) -> None:
    """Only a paper's own page identifies it."""
    assert paper_of(url) is None


def test_no_link_inside_a_link() -> None:
    """Addresses in a link's words stay words."""
    nodes = inline.parse("[a https://b.org <https://c.org> arXiv:2408.05211](https://a.org)", print)
    assert isinstance(nodes[0], Link)
    assert [] == list(links_in(nodes[0].children))


@pytest.mark.parametrize(
    ("text", "url", "words"),
    [
        (r"见 https://a.org/x\_y\_z。", "https://a.org/x_y_z", "https://a.org/x_y_z"),
        (r"[代码](https://a.org/x\_y)", "https://a.org/x_y", "代码"),
        ("论文编号：arXiv：2408.05211", "https://arxiv.org/abs/2408.05211", "arXiv：2408.05211"),
        (
            "see arXiv 2408.05211v2 [cs.CL]",
            "https://arxiv.org/abs/2408.05211v2",
            "arXiv 2408.05211v2",
        ),
        ("<ann@example.org>", "mailto:ann@example.org", "ann@example.org"),
        ("<mailto:ann@example.org>", "mailto:ann@example.org", "ann@example.org"),
        ("[a [b [c] d] e](https://a.org)", "https://a.org", "a [b [c] d] e"),
        ("[a](https://a.org/b_(c_(d)_e)_f)", "https://a.org/b_(c_(d)_e)_f", "a"),
        ("[[[Paper](https://a.org)]]", "https://a.org", "Paper"),
    ],
)
def test_link_as_people_write_it(text: str, url: str, words: str) -> None:
    """Escapes in addresses, addresses of mail, brackets and parentheses in each other."""
    [link] = links_in(inline.parse(text, print))
    assert (url, words) == (link.url, plain(link.children))
