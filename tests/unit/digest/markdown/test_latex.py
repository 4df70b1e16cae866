"""LaTeX in running text: what becomes text and marks, and what is none."""

from __future__ import annotations

import pytest

from publisher import maths
from publisher.digest.markdown import inline
from publisher.model import Code, Emphasis, Math, Strong, plain


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (r"Schr\"odinger for Erd\H{o}s--R\'enyi", "Schrödinger for Erdős–Rényi"),
        (r"Czerwi\'nski, Lazi\'c, na\"{\i}ve", "Czerwiński, Lazić, naïve"),
        (r"K{\"a}hler, {\'E}tale, Fran\c cois", "Kähler, Étale, François"),
        (r"\L{}\'od\'z, \AA ngstr\"om, \v{S}koda, stra\ss e", "Łódź, Ångström, Škoda, straße"),
        (r"over ``strong'' baselines~\cite{foo2020,bar_2021}.", "over “strong” baselines."),
        ("Dirac~equations in Bell's~Table~1", "Dirac\xa0equations in Bell's\xa0Table\xa01"),
        ("A~Z, 3~5 and 北京~上海", "A~Z, 3~5 and 北京~上海"),
        (r"see Sec.~3 --- about 25{,}605 records", "see Sec.\xa03 — about 25,605 records"),
        (
            r"R\&D, \$5, 12.5\%, 100\,ms, and \ldots{} more",
            "R&D, $5, 12.5%, 100\u202fms, and … more",
        ),
        (
            r"for $100; na\"ive ways~\cite{foo} need 10$\times$ more",
            "for $100; naïve ways need 10× more",
        ),
        (r"见式 \eqref{eq:1}。", "见式。"),
        (r"Fran{\c c}ois, stra{\ss}e, J{\o}rgen", "François, straße, Jørgen"),
        (r"$\sim$5\%, $<$10, 5$-$10, $p \approx$3", "~5%, <10, 5−10, p ≈3"),
        (r"{\sc Small} {\rm roman\/}", "Small roman"),
        (r"\textsc{Small} \textrm{roman} \underline{line}", "Small roman line"),
    ],
)
def test_text(text: str, words: str) -> None:
    """Accents, ties, dashes, quotation marks and symbols are characters; references go."""
    assert words == plain(inline.parse(text, print))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (r"it\'s, model\'s, we\'re", "it's, model's, we're"),
        (r"\"a quoted\" word", '"a quoted" word'),
        (r"\`a\`", "`a`"),
        (r"C:\new\temp", r"C:\new\temp"),
        (r"$5 or $10, $100-$200, US$3", r"$5 or $10, $100-$200, US$3"),
        (r"{\em open, {\alpha}, {\embed x}", r"{\em open, {\alpha}, {\embed x}"),
        (r"\foo{bar} \alpha", r"\foo{bar} \alpha"),
        ("run --help, a -- b, ~5 GB, a~b, ------", "run --help, a -- b, ~5 GB, a~b, ------"),
        ("100% of a & b", "100% of a & b"),
        (r"\begin{equation} x", r"\begin{equation} x"),
    ],
)
def test_what_is_no_latex(text: str, words: str) -> None:
    """Backslashes, dashes and tildes of prose stay what they are."""
    assert words == plain(inline.parse(text, print))


def test_commands_with_marks() -> None:
    r"""`\textbf`, `\emph` and `\texttt` are importance, stress and code."""
    nodes = inline.parse(r"\textbf{improves} by \emph{12.5\%} in \texttt{code\_here}", print)
    kinds = {Strong: "improves", Emphasis: "12.5%", Code: "code_here"}
    assert kinds == {type(node): plain([node]) for node in nodes if type(node) in kinds}


def test_styles_inside_braces() -> None:
    r"""`{\bf …}`, `{\em …}` and `{\tt …}` are the same, as LaTeX was written once."""
    nodes = inline.parse(r"{\bf improves} by {\em 12.5\%} in {\tt code\_here}", print)
    kinds = {Strong: "improves", Emphasis: "12.5%", Code: "code_here"}
    assert kinds == {type(node): plain([node]) for node in nodes if type(node) in kinds}


@pytest.mark.parametrize("name", ["align", "align*", "gather", "eqnarray", "multline"])
def test_equations_below_each_other(name: str) -> None:
    """They are understood, and are a formula each in a line of text."""
    text = rf"\begin{{{name}}} a &= b \\ c &= d \end{{{name}}}"
    [formula] = [node for node in inline.parse(text, print) if isinstance(node, Math)]
    assert formula.words == "a = b; c = d"
    assert maths.mathml(formula.source, is_display=True)


def test_equation() -> None:
    """An environment of mathematics is a formula on a line of its own."""
    text = "设\n\\begin{equation}\nE = mc^2\n\\end{equation}\n。"
    [formula] = [node for node in inline.parse(text, print) if isinstance(node, Math)]
    assert Math("E = mc^2", "E = mc²", is_display=True) == formula
