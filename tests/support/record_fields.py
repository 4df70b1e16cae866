"""The fields of a record as people write them: labels in many forms, and links in many forms."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from tests.support.records import Record, Text

#: Labels in English and Chinese, spelt as people spell them.
LABELS = {
    "title": (
        ("Title", "Paper Title", "Original Title", "English Title"),
        ("标题", "论文标题", "题目", "英文标题", "原标题", "论文题目"),
    ),
    "translation": (
        ("Chinese Title", "Translated Title", "Title (zh)"),
        ("中文标题", "标题翻译", "中文题目", "译名"),
    ),
    "authors": (("Authors", "Author(s)", "author"), ("作者", "论文作者", "全部作者")),
    "date": (
        ("Date", "Published", "Submitted on", "Publish Date", "Updated"),
        ("日期", "发布日期", "提交时间", "发表时间", "更新时间"),
    ),
    "venue": (
        ("Venue", "Conference", "Published in", "Accepted at"),
        ("会议", "期刊/会议", "发表于", "录用会议"),
    ),
    "link": (
        ("Link", "Paper", "URL", "PDF", "Paper link", "arXiv"),
        ("链接", "论文链接", "论文地址", "原文链接", "论文", "原文"),
    ),
    "code": (("Code", "GitHub", "Code link"), ("代码", "代码链接", "开源地址", "项目地址")),
    "en": (("Abstract", "abstract"), ("摘要", "英文摘要", "原文摘要")),
    "zh": (("Abstract (zh)", "Chinese Abstract"), ("摘要", "中文摘要", "摘要翻译")),
}
#: A label in plain words, in strong ones, with the colon inside or outside of the stress.
FORMS = ("{0}{1}{2}", "**{0}{1}**{2}", "**{0}**{1}{2}", "__{0}__{1}{2}")
COLONS = (": ", "：", ":", "： ")
#: Ways to give the paper's link beside a label. The words are what only names a link.
LINKS = ("[PDF]({url})", "[Paper]({url})", "[论文]({url})", "[arXiv]({url})", "<{url}>", "{url}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """How the fields of all records of a digest are written."""

    #: Which there are, in their order; `link` and `abstract` are among them.
    order: tuple[str, ...]
    #: 0 for English and 1 for Chinese labels, and which of each role's labels.
    tongue: int
    choice: int
    form: str
    colon: str
    #: Before each label: nothing, a bullet.
    bullet: str
    #: Whether a blank line parts fields; else white space may end their lines.
    is_spread: bool
    trailing: str
    #: How the paper's link is given, and whether it has a label.
    link: str
    is_link_labelled: bool
    is_abstract_labelled: bool
    #: Where the translated title stands: `line`, `label`, `words` (of the link), `beside`.
    translation: str

    def label(self, role: str, value: str) -> str:
        """Return a labelled value on one line."""
        names = LABELS[role][self.tongue]
        colon = self.colon
        if colon == ":" and self.form == "**{0}{1}**{2}":
            colon = ": "
        if "{1}**" in self.form:
            colon, value = colon.strip(), f" {value}"
        return self.form.format(names[self.choice % len(names)], colon, value)

    def paper(self, record: Record) -> str:
        """Return the paper's link as it stands on a line of its own."""
        if self.translation == "words" and record.translation:
            link = f"[{record.translation}]({record.url})"
        else:
            link = self.link.format(url=record.url, key=record.key)
        return self.label("link", link) if self.is_link_labelled else link

    def value(self, name: str, record: Record) -> str:
        """Return a field that stands on one line, with its label."""
        match name:
            case "authors":
                return self.label(name, ", ".join(record.authors))
            case "date" | "venue":
                return self.label(name, getattr(record, name))
            case "code":
                return self.label(name, record.code)
            case "link":
                return self.paper(record)
            case _:
                return self.label("translation", record.translation)

    def abstract(self, text: Text, *, is_line: bool) -> list[str]:
        """Return the paragraphs of a text; one where it has to be a line."""
        first, *others = (text.line,) if is_line else text.paragraphs
        if self.is_abstract_labelled:
            first = self.label(text.lang, first)
        return [first, *others]


@st.composite
def fields(draw: st.DrawFn, *, is_labelled: bool = False, is_inline: bool = False) -> Fields:
    """Choose how fields are written.

    Where `is_labelled` all of them have labels; `is_inline` are those that bullets or cells hold.

    Not drawn, since a reader could not tell it either: a text without a label above fields or
    between them; a title in the link's words that is no translation but what its heading says.
    Nor a translated title in the words of a link below the texts, which nobody was seen to write.
    """
    tongue = draw(st.integers(0, 1))
    some = draw(st.sets(st.sampled_from(["authors", "date", "venue", "code"])))
    is_abstract_labelled = is_labelled or draw(st.booleans())
    above = list(draw(st.permutations([*sorted(some), "link"])))
    translation = draw(
        st.sampled_from(["label"] if is_labelled else ["line", "label", "words", "beside"])
    )
    if translation == "label":
        above.insert(0 if draw(st.booleans()) else len(above), "translation")
    order = [*above, "abstract"]
    if is_abstract_labelled or draw(st.booleans()):
        at = draw(st.integers(0, len(above))) if is_abstract_labelled else above.index("link")
        if is_abstract_labelled:
            order = [*above[:at], "abstract", *above[at:]]
        else:
            order = [*above[:at], *above[at + 1 :], "abstract", "link"]
            # A labelled link below the text is one of the fields; a bare one is the text's end.
    if translation == "words" and order.index("link") > order.index("abstract"):
        translation = "line"
    is_link_labelled = is_labelled or draw(st.booleans())
    links = LINKS if is_link_labelled else (*LINKS, "arXiv:{key}")
    return Fields(
        order=tuple(order),
        tongue=tongue,
        choice=draw(st.integers(0, 5)),
        form=draw(st.sampled_from(FORMS)),
        colon=draw(st.sampled_from(COLONS)),
        bullet="" if is_inline else draw(st.sampled_from(["", "", "- ", "* "])),
        is_spread=draw(st.booleans()),
        trailing=draw(st.sampled_from(["", "  ", " "])),
        link=draw(st.sampled_from(links)),
        is_link_labelled=is_link_labelled,
        is_abstract_labelled=is_abstract_labelled,
        translation=translation,
    )


def written(record: Record, how: Fields) -> list[str]:
    """Return the lines below a title: fields and texts in their order, parted by blank lines.

    Where fields stand close together, so does a text with a label: it parts from them by that.
    """
    lines: list[str] = []

    def add(line: str, *, is_apart: bool) -> None:
        if lines and lines[-1] and is_apart:
            lines.append("")
        lines.append(line)

    for name in how.order:
        if name == "translation" and not record.translation:
            continue
        if name != "abstract":
            add(how.bullet + how.value(name, record) + how.trailing, is_apart=how.is_spread)
            continue
        is_close = how.is_abstract_labelled and not how.is_spread
        bullet = how.bullet if how.is_abstract_labelled else ""
        for text in record.texts:
            first, *others = how.abstract(text, is_line=bullet != "")
            add(bullet + first + how.trailing, is_apart=not is_close)
            for paragraph in others:
                add(paragraph, is_apart=True)
            if not is_close or others:
                lines.append("")
    while lines and not lines[-1]:
        lines.pop()
    return lines
