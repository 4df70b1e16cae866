"""Formulas as MathML and as a line of Unicode."""

from __future__ import annotations

import pytest

from publisher.maths import mathml, words


@pytest.mark.parametrize(
    ("source", "line"),
    [
        (r"x_i^2", "xᵢ²"),
        (r"\mathcal{O}(n\log n)", "O(n log n)"),
        (r"\frac{a+b}{2}", "(a+b)/2"),
        (r"\|x\|_2^2", "‖x‖₂²"),
        (r"f(x)=\sum_{i=1}^{n} a_i x_i", "f(x) = ∑ᵢ₌₁ⁿ aᵢxᵢ"),
        (r"11.85\%", "11.85%"),
        (r"\operatorname*{arg\,max}_x f", "arg maxₓf"),
        (r"\arg\min_w", "arg min_w"),
        (r"\text{if } x>0", "if x > 0"),
        (r"\hat{y}", "ŷ"),
        (r"\ell_\infty", "ℓ_∞"),
        (r"\mathbb{R}^d", "ℝᵈ"),
        (r"\boldsymbol{x}'", "x′"),
        (r"O(\sqrt{n})", "O(√n)"),
        (r"D_{\mathrm{KL}}(p\|q)", "D_KL(p‖q)"),
        (r"n=10{,}000", "n = 10,000"),
        (r"37^{\circ}C", "37°C"),
        (r"E = mc^2 \label{eq:1}", "E = mc²"),
        (r"\begin{aligned}a &= b+c \\ d &= e\end{aligned}", "a = b+c; d = e"),
        (r"\begin{split}x &=& y \\ &=& z\end{split}", "x = y; = z"),
        (r"\begin{cases}a&b\\c&d\end{cases}", "{a, b; c, d"),
    ],
)
def test_words(source: str, line: str) -> None:
    """A formula reads on one line, where no formula can be set."""
    assert line == words(source)


def test_mathml() -> None:
    """On pages it is an element that browsers set, with its words for who cannot."""
    expected = (
        '<math alttext="x &lt; 1/2" display="block"><mrow><mi>x</mi><mo>&lt;</mo>'
        "<mfrac><mrow><mn>1</mn></mrow><mrow><mn>2</mn></mrow></mfrac></mrow></math>"
    )
    assert expected == mathml(r"x < \frac{1}{2}", is_display=True)


@pytest.mark.parametrize(
    "source",
    [r"\norm{x}", r"\SI{3}{ms}", "a_{", "}{", "&&&", r"\frac{" * 99, r"\hat" * 99, "{" * 50, "\\"],
)
def test_not_understood(source: str) -> None:
    """What the converter does not know, or cannot nest, is said, and never half shown."""
    assert (None, None) == (words(source), mathml(source))


def test_nothing_but_mathematics() -> None:
    """LaTeX can name addresses and styles: none of them reaches a page."""
    element = mathml(r"\href{javascript:alert(1)}{x} + \color{red}{y} + \class{a}{z}") or ""
    assert not any(word in element for word in ("href", "javascript", "color", "class", "style="))
