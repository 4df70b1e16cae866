"""MJML that mjml-python would take without a word is found, with its place."""

import json
from pathlib import Path
from typing import Any

import mjml
import pytest

from publisher.render.mjml.lint import check_mjml
from publisher.render.mjml.lint_mrml import check_mrml
from publisher.render.mjml.schema import CHILDREN, ENDING, IGNORED, REFUSED, attributes, is_valid
from publisher.render.mjml.text_marks import mark_texts

#: What npm's mjml says; how it was asked stands in it.
MJML: dict[str, Any] = json.loads(
    (Path(__file__).parents[3] / "data" / "mjml.json").read_text(encoding="utf-8")
)
#: mjml-python refuses an mj-raw there.
NO_RAW = ("mj-accordion", "mj-accordion-element", "mj-navbar", "mj-social")


def mail(inside: str) -> str:
    """Return a mail of one column."""
    return (
        f"<mjml><mj-body><mj-section><mj-column>{inside}</mj-column></mj-section></mj-body></mjml>"
    )


def headed(inside: str) -> str:
    """Return a mail of nothing but a head."""
    return f"<mjml><mj-head>{inside}</mj-head><mj-body></mj-body></mjml>"


def said(source: str) -> list[tuple[str, str]]:
    """Return what is found: what stands there, and the message."""
    return [
        (source[each.offset :][: len("<mj-text")], each.message)
        for each in [*check_mjml(source), *check_mrml(source)]
    ]


@pytest.mark.parametrize("tag", MJML["attributes"])
def test_attributes_are_those_of_mjml(tag: str) -> None:
    """A component takes the attributes that MJML's own validator lets pass."""
    assert set(MJML["attributes"][tag]) == set(attributes(tag))


@pytest.mark.parametrize("tag", MJML["attributes"])
def test_values_are_those_of_mjml(tag: str) -> None:
    """Each attribute takes the values that MJML's own validator lets pass, and no others."""
    wrong = [
        (name, value, good)
        for name, kind in MJML["attributes"][tag].items()
        for verdict, good in (("good", True), ("bad", False))
        for value in MJML["values"][kind][verdict]
        if is_valid(attributes(tag)[name], value) is not good
    ]
    assert wrong == []


@pytest.mark.parametrize("tag", [tag for tag in MJML["children"] if tag != "mj-attributes"])
def test_children_are_those_of_mjml(tag: str) -> None:
    """A component may hold what MJML's own validator lets pass, and mjml-python can read."""
    expected = set(MJML["children"][tag]) - ({"mj-raw"} if tag in NO_RAW else set())
    assert expected == set(CHILDREN[tag])


@pytest.mark.parametrize("tag", NO_RAW)
def test_raw_is_refused_where_mjml_python_does(tag: str) -> None:
    """Where MJML takes an mj-raw and we do not, mjml-python cannot read it."""
    inner = "<mj-raw>a</mj-raw>"
    if tag == "mj-accordion-element":
        inner, tag = f"<{tag}>{inner}</{tag}>", "mj-accordion"
    with pytest.raises(ValueError, match="unexpected element"):
        mjml.mjml2html(mail(f"<{tag}>{inner}</{tag}>"))


@pytest.mark.parametrize("tag", [tag for tag in REFUSED if tag != "mj-include"])
def test_refused_tags_are_refused(tag: str) -> None:
    """What is said to be refused is refused by mjml-python."""
    with pytest.raises(ValueError, match="unexpected"):
        mjml.mjml2html(headed(f"<{tag}></{tag}>"))


@pytest.mark.parametrize(
    ("tag", "value"),
    [
        ("mj-button title", "t"),
        ("mj-image sizes", "100vw"),
        ("mj-image border-top", "1px solid red"),
        ("mj-spacer border", "1px solid red"),
        ("mj-table font-weight", "700"),
        ("mj-table role", "none"),
        ("mj-text background-color", "#123456"),
    ],
)
def test_ignored_attributes_change_nothing(tag: str, value: str) -> None:
    """What is said to be ignored makes no difference to what mjml-python makes."""
    name, attribute = tag.split()
    assert attribute in IGNORED[name]
    text = "a" if name in ENDING else ""
    plain = mjml.mjml2html(mail(f'<{name} href="h" src="s">{text}</{name}>'))
    assert plain == mjml.mjml2html(
        mail(f'<{name} href="h" src="s" {attribute}="{value}">{text}</{name}>')
    )


def test_good_mjml_is_left_alone() -> None:
    """A mail without mistakes has no findings."""
    head = (
        '<mj-attributes><mj-all font-family="a" /><mj-class name="k" color="red" />'
        '<mj-text padding="0 24px" /></mj-attributes><mj-style>p { margin: 0; }</mj-style>'
    )
    body = (
        '<!-- <mj-foo> --><mj-text mj-class="k" css-class="z" line-height="1.5"><p>a</p></mj-text>'
    )
    source = mail(body).replace("<mj-body>", f"<mj-head>{head}</mj-head><mj-body>")
    assert said(source.replace("<mjml>", '<mjml lang="en" dir="ltr">')) == []


def test_unknown_tag() -> None:
    """A mistyped tag is answered with the right one, once, though it is closed as well."""
    assert said(mail("<mj-txt>a</mj-txt>")) == [
        ("<mj-txt>", "no MJML tag is called <mj-txt>, did you mean <mj-text>?")
    ]


def test_html_outside_of_texts() -> None:
    """HTML between components would be dropped or misplaced."""
    assert said(mail("<p>a</p>"))[0] == (
        "<p>a</p>",
        "no MJML tag is called <p>, put HTML into <mj-text> or <mj-raw>",
    )


def test_text_outside_of_texts() -> None:
    """So would words."""
    what = 'text in <mj-column>, "Hello", put it into <mj-text> or <mj-raw>'
    assert said(mail("\n Hello\n")) == [("Hello\n</", what)]


def test_unknown_attribute() -> None:
    """A mistyped attribute is answered with the right one."""
    assert said(mail('<mj-text colour="red">a</mj-text>')) == [
        ('colour="', "<mj-text> takes no attribute colour, did you mean color?")
    ]


def test_unknown_attribute_of_the_root() -> None:
    """MJML's own validator never looks at the root; this one does."""
    found = said(mail("").replace("<mjml>", '<mjml langs="en">'))
    assert found == [('langs="e', "<mjml> takes no attribute langs, did you mean lang?")]


def test_bad_value() -> None:
    """A value of the wrong kind is quoted, with what is wanted."""
    assert said(mail('<mj-text padding="12">a</mj-text>')) == [
        ("padding=", 'padding wants one to four lengths like "0 24px", not "12"')
    ]


def test_bad_value_of_a_choice() -> None:
    """What an attribute with a few values wants are those."""
    assert said(mail('<mj-text align="middle">a</mj-text>'))[0][1] == (
        'align wants one of left, right, center, justify, not "middle"'
    )


def test_bad_default() -> None:
    """A default for all components is looked at too."""
    found = said(headed('<mj-attributes><mj-all color="nice" colour="red" /></mj-attributes>'))
    assert [what.split(",")[0] for _, what in found] == [
        'color wants a colour like "#1a5aa3"',
        "<mj-all> takes no attribute colour",
    ]


def test_inline_style() -> None:
    """What mjml-python takes no notice of is an error, with what to do instead."""
    assert said(headed('<mj-style inline="inline">p { margin: 0; }</mj-style>')) == [
        ('inline="', "inline in <mj-style> changes nothing, set style on the HTML itself")
    ]


def test_include() -> None:
    """An include is Jinja2's business."""
    what = 'mjml-python knows no <mj-include>, write {% include "…" %}'
    assert said(mail('<mj-include path="a.mjml" />'))[0] == ("<mj-inclu"[:8], what)


def test_attribute_twice() -> None:
    """Of an attribute that stands twice one would be lost."""
    found = said(mail('<mj-text color="red" color="blue">a</mj-text>'))
    assert found == [('color="b', "color stands twice in <mj-text>, remove one")]


def test_unknown_class() -> None:
    """A class that nobody defines would change nothing."""
    found = said(mail('<mj-text mj-class="big">a</mj-text>'))
    assert found == [("mj-class", 'no mj-class is called "big", define it in <mj-attributes>')]


def test_tag_in_the_wrong_place() -> None:
    """A component where it may not stand is sent to where it may."""
    found = said("<mjml><mj-body><mj-text>a</mj-text></mj-body></mjml>")
    what = "<mj-text> may not stand in <mj-body>, put it into <mj-column> or <mj-hero>"
    assert found == [("<mj-text", what)]


def test_tag_in_a_text() -> None:
    """A component in a text would reach readers as it stands."""
    found = said(mail("<mj-text>a <mj-button>b</mj-button></mj-text>"))
    what = "<mj-button> may not stand in <mj-text>, close <mj-text> first"
    assert found == [("<mj-butt", what)]


def test_second_body() -> None:
    """Of two bodies readers would see one."""
    found = said("<mjml><mj-body></mj-body><mj-body></mj-body></mjml>")
    assert found == [("<mj-body", "a second <mj-body>, join the two")]


def test_no_body() -> None:
    """A mail has a body."""
    assert said("<mjml></mjml>")[0][1].startswith("there is no <mj-body>")


def test_all_mistakes_are_found() -> None:
    """One mistake does not hide the next."""
    source = mail('<mj-texx>a</mj-texx><mj-text colour="red" padding="1">a</mj-text><mj-divder />')
    assert [each.code for each in check_mjml(source)] == [
        *("mjml-tag", "mjml-attribute", "mjml-value", "mjml-tag"),
    ]


@pytest.mark.parametrize(
    ("inside", "place", "what"),
    [
        ("<p>a", "<p>a", "<p> is never closed, add </p>"),
        ("<p>a</div></p>", "</div>", "</div> closes nothing, remove it"),
        ("a < b", "< b", "a bare <, write &lt;"),
        ("<a href=x>a</a>", "<a href", 'attribute href has no quoted value, write href="…"'),
        ("<!-- a -- b -->", "<!--", "-- in a comment, remove it"),
        ("<![CDATA[a]]>", "<![CDATA", "CDATA, write &lt; and &amp; instead"),
    ],
)
def test_what_mjml_python_refuses(inside: str, place: str, what: str) -> None:
    """mjml-python only says that it cannot go on; here it is said where, and why."""
    found = said(mail(f"<mj-text>中文{inside}</mj-text>"))
    assert [(at.startswith(place[:8]), message) for at, message in found] == [(True, what)]


def test_void_elements_need_not_be_closed() -> None:
    """HTML's own empty elements are fine in a text."""
    assert said(mail('<mj-text>a<br><img src="a"><hr></mj-text>')) == []


def test_texts_are_not_changed() -> None:
    """White space between tags of a text stays, which MRML would drop."""
    marked = mark_texts(mail("<mj-text><pre><b>a</b>\n<i>b</i></pre></mj-text>"))
    assert marked is not None
    assert list(marked.texts.values()) == ["<pre><b>a</b>\n<i>b</i></pre>"]


def test_text_without_end_is_not_taken_out() -> None:
    """A mail that cannot be taken apart is looked at as a whole."""
    assert mark_texts(mail("<mj-text>a")) is None
    assert mark_texts(mail("<mj-text><mj-button>a</mj-button></mj-text>")) is None


def test_ending_tags_are_those_that_hold_texts() -> None:
    """No component is both a holder of texts and of components."""
    assert set(CHILDREN) & ENDING == set()
