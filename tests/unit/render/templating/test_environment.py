"""Templates are found file by file, and their mistakes are told in one line."""

from functools import partial
from pathlib import Path

import jinja2
import pytest
from jinja2.compiler import CodeGenerator
from lxml import html
from mjml import mjml2html

from publisher.errors import TemplateError
from publisher.render.contexts import LinkView
from publisher.render.mjml.compile import mail_html
from publisher.render.templating.compiler import bytecode_cache, is_as_tested
from publisher.render.templating.environment import Templates
from publisher.render.templating.loader import BUILT_IN

LINK = LinkView(url="https://example.org/?a=1&b", label="<Code>")


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Return a newsletter's own folder of templates."""
    folder = tmp_path / "templates"
    folder.mkdir()
    return folder


def fault(own: Path, source: str, name: str = "t.html") -> str:
    """Return the message a template earns, without the folder it is in."""
    (own / name).write_text(source, encoding="utf-8")
    render = partial(mail_html if name.endswith(".mjml") else Templates.render, Templates(own))
    with pytest.raises(TemplateError) as caught:
        render(name, link=LINK)
    return str(caught.value).removeprefix(f"{own}/")


def mjml(inside: str) -> str:
    """Return a mail of one section."""
    return f"<mjml>\n<mj-body>\n<mj-section>\n{inside}\n</mj-section>\n</mj-body>\n</mjml>\n"


def test_own_template_replaces_the_built_in_one(own: Path) -> None:
    """A file in the newsletter's folder wins over the built-in one of its name."""
    (own / "home.html").write_text("mine", encoding="utf-8")
    assert Templates(own).render("home.html") == "mine"


def test_a_template_that_changed_is_compiled_anew(own: Path) -> None:
    """Whoever sets out templates again has them as they are then, whatever was compiled before."""
    for source in ("one", "another", "one"):
        (own / "home.html").write_text(source, encoding="utf-8")
        assert Templates(own).render("home.html") == source


def test_each_language_has_its_own_words(own: Path) -> None:
    """One template gives the words of each language, whichever was compiled first."""
    (own / "t.html").write_text("{% trans %}Subscribe{% endtrans %}", encoding="utf-8")
    languages = ("en", "zh-Hans", "en")
    found = [Templates(own, language).render("t.html") for language in languages]
    assert found == ["Subscribe", "订阅", "Subscribe"]


def test_built_in_templates_stay_where_none_replaces_them(own: Path) -> None:
    """A template of one's own may extend a built-in one."""
    source = '{% extends "page.html" %}{% block main %}{% endblock %}'
    assert "newsletter" in fault(own, source)


def test_missing_folder_is_no_mistake(tmp_path: Path) -> None:
    """A newsletter without templates of its own has the built-in ones."""
    assert Templates(tmp_path / "none").fingerprint() == Templates().fingerprint()


@pytest.mark.parametrize("error", [MemoryError, TimeoutError])
def test_what_is_shown_may_take_too_much(own: Path, error: type[Exception]) -> None:
    """That a page takes too much memory or time is no fault of its template."""

    class Endless:
        def __html__(self) -> str:
            raise error

    (own / "feeds.html").write_text("{{ value }}", encoding="utf-8")
    with pytest.raises(error):
        Templates(own).render("feeds.html", value=Endless())


def test_values_are_escaped_in_html(own: Path) -> None:
    """A value cannot bring markup into a page."""
    (own / "t.html").write_text("{{ link.label }}", encoding="utf-8")
    assert Templates(own).render("t.html", link=LINK) == "&lt;Code&gt;"


def test_values_are_not_escaped_in_text(own: Path) -> None:
    """Plain text has no markup to escape."""
    (own / "t.txt").write_text("{{ link.label }}", encoding="utf-8")
    assert Templates(own).render("t.txt", link=LINK) == "<Code>"


# --- Words --------------------------------------------------------------------------------


def made(own: Path, source: str, name: str = "t.html", language: str = "zh-Hans") -> str:
    """Return what a template makes."""
    (own / name).write_text(source, encoding="utf-8")
    return Templates(own, language).render(name, link=LINK)


def test_message_is_translated(own: Path) -> None:
    """A message of the built-in templates is known in a newsletter's own too."""
    assert made(own, "<p>{% trans %}Archive{% endtrans %}, {{ _('Archive') }}</p>") == (
        "<p>往期目录, 往期目录</p>"
    )


def test_message_is_english_by_default(own: Path) -> None:
    """Without a setting words are as they stand in the template."""
    assert made(own, "{% trans %}Archive{% endtrans %}", language="en") == "Archive"


def test_unknown_message_stays(own: Path) -> None:
    """What no catalogue has is shown as it is, whatever is in it."""
    source = "{% trans label=link.label %}50 % of {{ label }}, 100 %{% endtrans %} {{ _('So.') }}"
    assert made(own, source) == "50 % of &lt;Code&gt;, 100 % So."


def test_values_in_a_message_are_escaped(own: Path) -> None:
    """A value in a sentence is escaped as anywhere, and its place is the translation's."""
    source = '{% trans date=link.label, iso=link.url %}updated <time datetime="{{ iso }}">'
    source += "{{ date }}</time>{% endtrans %}"
    assert made(own, source) == (
        '<time datetime="https://example.org/?a=1&amp;b">&lt;Code&gt;</time>更新'
    )


def test_values_in_a_message_of_text_are_not_escaped(own: Path) -> None:
    """Plain text has no markup, in a sentence neither."""
    source = "{% trans sender=link.label %}Sent by {{ sender }}{% endtrans %}"
    assert made(own, source, "t.txt") == "发件人：<Code>"


@pytest.mark.parametrize(
    ("language", "expected"), [("en", "1 item, 2 items"), ("zh-Hans", "共 1 篇, 共 2 篇")]
)
def test_number_chooses_the_form(own: Path, language: str, expected: str) -> None:
    """A message with a plural takes the form that the language has for the number."""
    message = "{% trans count=N %}{{ count }} item{% pluralize %}{{ count }} items{% endtrans %}"
    source = ", ".join(message.replace("N", number) for number in "12")
    assert made(own, source, language=language) == expected


@pytest.mark.parametrize(
    ("expected", "source"),
    [
        ("3: 'no' is undefined, see docs", "\n\n{% trans a=no %}{{ a }}{% endtrans %}"),
        ('2: there is no "lable" in Li', "\n{% trans a=link.lable %}{{ a }}{% endtrans %}"),
        ("2: expected token 'end of print", "\n{% trans %}{{ link.label }}{% endtrans %}"),
        ("2: control structures in transl", "{% trans %}\n{% if a %}{% endif %}{% endtrans %}"),
        ("2: KeyError: 'a', correct the e", "\n{{ _('%(a)s') }}"),
    ],
)
def test_fault_in_a_message(own: Path, expected: str, source: str) -> None:
    """A mistake in a message is told like any other, with its line."""
    assert fault(own, source).startswith(f"t.html:{expected}")


# --- Mistakes -----------------------------------------------------------------------------


def test_syntax_error(own: Path) -> None:
    """A tag that cannot be understood is named with its line."""
    expected = "t.html:2: Encountered unknown tag 'iff', correct the tag on this line"
    assert expected == fault(own, "\n{% iff %}")


def test_unknown_filter(own: Path) -> None:
    """A filter that does not exist is named with its line."""
    expected = "t.html:1: No filter named 'shout', correct the tag on this line"
    assert expected == fault(own, "{{ link.label|shout }}")


def test_unknown_variable(own: Path) -> None:
    """A variable that does not exist is an error, not an empty place."""
    expected = "t.html:3: 'links' is undefined, see docs/reference/templates.md for what there is"
    assert expected == fault(own, "\n\n{{ links }}")


def test_unknown_field_names_the_nearest(own: Path) -> None:
    """A mistyped field is answered with the right one."""
    expected = 't.html:2: there is no "lable" in LinkView, did you mean "label"?'
    assert expected == fault(own, "\n{{ link.lable }}")


def test_missing_include(own: Path) -> None:
    """An include that is not there is named, at the line that asks for it."""
    expected = 't.html:2: there is no template "x.html", correct the name or add the file'
    assert expected == fault(own, '\n{% include "x.html" %}')


def test_fault_in_an_include_names_the_include(own: Path) -> None:
    """The file to mend is the one with the mistake, not the one that includes it."""
    (own / "part.html").write_text("\n\n{{ nothing }}", encoding="utf-8")
    assert fault(own, '{% include "part.html" %}').startswith("part.html:3: 'nothing' is")


def test_filter_that_fails(own: Path) -> None:
    """Whatever a filter raises is told as the template's mistake."""
    expected = "t.html:2: TypeError: object of type 'int' has no len(), correct the expression"
    assert fault(own, "\n{{ 3|length }}").startswith(expected)


def test_template_that_is_not_utf8(own: Path) -> None:
    """A template in another encoding is named."""
    (own / "t.html").write_bytes("中文".encode("gb18030"))
    with pytest.raises(TemplateError, match=r"t\.html:1: not UTF-8 text, save it as UTF-8"):
        Templates(own).render("t.html")


def test_missing_template(own: Path) -> None:
    """A template nobody has is named."""
    with pytest.raises(TemplateError, match=r'there is no template "none\.html"'):
        Templates(own).render("none.html")


def test_unknown_mjml_tag(own: Path) -> None:
    """MJML's own compiler drops an unknown tag without a word; here it is an error."""
    expected = "m.mjml:4: no MJML tag is called <mj-colum>, did you mean <mj-column>?"
    assert expected == fault(own, mjml("<mj-colum></mj-colum>"), "m.mjml")


def test_wrong_closing_mjml_tag(own: Path) -> None:
    """A tag closed by another is an error that names the one to close."""
    expected = "m.mjml:5: </mj-section> closes nothing, close <mj-column> first"
    assert expected == fault(own, mjml("<mj-column>"), "m.mjml")


def test_bare_less_than_sign_in_mjml(own: Path) -> None:
    """A bare < is found, where MJML would only say that it cannot go on."""
    inside = "<mj-column><mj-text>\na < b\n</mj-text></mj-column>"
    assert fault(own, mjml(inside), "m.mjml") == "m.mjml:5: a bare <, write &lt;"


def test_unquoted_mjml_attribute(own: Path) -> None:
    """An attribute without quotes is named."""
    expected = 'm.mjml:4: attribute padding has no quoted value, write padding="…"'
    assert expected == fault(own, mjml("<mj-column padding=0></mj-column>"), "m.mjml")


def test_commented_mjml_is_left_alone(own: Path) -> None:
    """A tag in a comment need not be closed."""
    source = mjml("<!-- <mj-column> --><mj-column><mj-text>a</mj-text></mj-column>")
    (own / "m.mjml").write_text(source, encoding="utf-8")
    assert "<!doctype html>" in mail_html(Templates(own), "m.mjml")


def mailed(own: Path, inside: str, head: str = "") -> str:
    """Return the HTML of a mail."""
    source = mjml(inside).replace("<mj-body>", f"<mj-head>{head}</mj-head><mj-body>")
    (own / "t.mjml").write_text(source, encoding="utf-8")
    return mail_html(Templates(own), "t.mjml", link=LINK)


def test_title_names_the_mail(own: Path) -> None:
    """What a screen reader calls the whole mail is its title, to the letter."""
    page = html.fromstring(mailed(own, "", '<mj-title>No "{{ link.label }}" 中</mj-title>'))
    labels = [each.get("aria-label") for each in page.iter("div") if each.get("role") == "article"]
    assert labels == ['No "<Code>" 中'] == [page.findtext("head/title")]


@pytest.mark.parametrize("shown", [r"\x86{}\x87", "\x86{}\x87", "&#x86;{}&#x87;"])
def test_title_names_the_mail_however_mrml_shows_it(
    own: Path, monkeypatch: pytest.MonkeyPatch, shown: str
) -> None:
    """So it is if another version of MRML shows strings in another way."""
    monkeypatch.setattr(
        "publisher.render.mjml.compile.mjml.mjml2html",
        lambda source: mjml2html(source).replace(r"\u{86}t0\u{87}", shown.format("t0")),
    )
    page = html.fromstring(mailed(own, "", "<mj-title>中 “A”</mj-title>"))
    labels = [each.get("aria-label") for each in page.iter("div") if each.get("role") == "article"]
    assert labels == ["中 “A”"]


def test_what_is_for_outlook_is_joined(own: Path) -> None:
    """Two conditional comments for Outlook never touch: they are one."""
    page = mailed(own, "<mj-column><mj-text>A</mj-text></mj-column>" * 2)
    assert ("<!--[if mso | IE]>" in page, "<![endif]--><!--[if mso" in page) == (True, False)


def test_fingerprint_moves_with_a_template(own: Path) -> None:
    """A change in any template changes the fingerprint, and undoing it brings it back."""
    before = Templates(own).fingerprint()
    (own / "home.html").write_text("mine", encoding="utf-8")
    assert before != Templates(own).fingerprint()
    (own / "home.html").write_bytes((BUILT_IN / "home.html").read_bytes())
    assert before == Templates(own).fingerprint()


def test_fingerprint_overlooks_what_editors_leave(own: Path) -> None:
    """Backup and swap files are no templates."""
    before = Templates(own).fingerprint()
    (own / ".home.html.swp").write_text("x", encoding="utf-8")
    (own / "home.html~").write_text("x", encoding="utf-8")
    assert before == Templates(own).fingerprint()


def test_own_assets_join_the_built_in_ones(own: Path) -> None:
    """A newsletter may add files for its pages."""
    (own / "assets").mkdir()
    (own / "assets" / "logo.png").write_bytes(b"\x89PNG")
    assets = Templates(own).assets()
    assert (assets["logo.png"], "style.css" in assets) == (b"\x89PNG", True)


ALL_KINDS = """{% extends "base.html" %}{% block body %}
{% for each in rows %}<p title="{{ each.label }}">{{ loop.index }} {{ each.label }}</p>{% endfor %}
{% trans %}Subscribe{% endtrans %} {% include "part.html" without context %}
{{ rows|length }}%
{% trans count=rows|length %}{{ count }} item{% pluralize %}{{ count }} items{% endtrans %}
{% endblock %}"""


def test_jinja_is_as_tested() -> None:
    """The version of Jinja2 that is installed has the private parts that ours are made of."""
    assert is_as_tested()


def test_stock_jinja_makes_the_same(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Jinja2 is not as tested, it compiles in its own way, to the same bytes."""
    (own / "base.html").write_text("<b>{% block body %}{% endblock %}</b>", encoding="utf-8")
    (own / "part.html").write_text("<i>{{ 1 + 1 }}</i>", encoding="utf-8")
    (own / "t.html").write_text(ALL_KINDS, encoding="utf-8")
    rows = [LINK, LINK]
    ours = Templates(own, "zh-Hans").render("t.html", rows=rows)
    bytecode_cache.cache_clear()
    monkeypatch.setattr("publisher.render.templating.environment.is_as_tested", lambda: False)
    stock = Templates(own, "zh-Hans")
    assert stock.environment(jinja2.StrictUndefined).code_generator_class is CodeGenerator
    assert ours == stock.render("t.html", rows=rows)
    bytecode_cache.cache_clear()


def test_another_jinja_is_told_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A version that was not tested is one line in the log."""
    is_as_tested.cache_clear()
    monkeypatch.setattr(jinja2, "__version__", "3.2.0")
    assert [is_as_tested(), is_as_tested()] == [False, False]
    is_as_tested.cache_clear()
    assert ["Jinja2 was not tested" in record.message for record in caplog.records] == [True]
