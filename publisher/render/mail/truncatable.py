"""A text that a mail may fold: what it weighs up to each cut, and what it then looks like."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain

from markupsafe import Markup

from publisher.model import Block, Item, Paragraph
from publisher.render.contexts import BeginningView, NewsletterView, Words
from publisher.render.html import blocks_html, inlines_html
from publisher.render.mail.cut_points import Cut, cuts
from publisher.render.mail.size_budget import Form, Frame, Sizes, byte_size, placeholder
from publisher.render.templating.environment import Templates
from publisher.render.text import Links, blocks_text

_NOTHING = Paragraph((), "")


@dataclass(kw_only=True)
class Foldable:
    """A text, and what stands for it where it is folded."""

    templates: Templates
    newsletter: NewsletterView
    blocks: Sequence[Block]
    #: The same with white space around the addresses that it shows; and that as HTML.
    delimited: Sequence[Block]
    html: str
    #: Where all of it is to be read.
    url: str
    #: What it is about, and the language of that.
    name: Words
    #: The rank of its subheadings.
    level: int
    #: What it belongs to; None for an introduction and the outro.
    item: Item | None = None
    #: What it is cut to at each of the sizes that are counted; None for nothing and for all.
    _cuts: list[Cut | None] = field(default_factory=list, init=False)
    #: The template filled in but for the text: by the language, and whether there is anything
    #: above the last paragraph and in it.
    _frames: dict[tuple[str, bool, bool], Frame] = field(default_factory=dict, init=False)
    #: The only form it folds to, by a template that does not show what it is given as it is.
    _only: Frame | None = field(default=None, init=False)

    @cached_property
    def sizes(self) -> Sizes:
        """Its bytes of HTML: of nothing, up to each cut and the link, and of all of it."""
        return Sizes(self._counted())

    @property
    def beginning(self) -> int:
        """Which of its sizes is that of its beginning, or of its first cut where that is longer."""
        at = 1
        while (cut := self._cut(at + 1)) and cut.is_short:
            at += 1
        return at

    def form(self, at: int) -> Form:
        """Return how much is shown of it at one of its sizes."""
        if self._cut(at):
            return Form.beginning
        return Form.whole if at or not self.html else Form.title

    def html_at(self, at: int) -> str:
        """Return its HTML in one of its sizes."""
        cut = self._cut(at)
        if cut is None:
            return self.html if at else ""
        *above, last = cut.shown(self.delimited) or [_NOTHING]
        if not isinstance(last, Paragraph):
            above, last = [*above, last], _NOTHING
        html = {
            "above": blocks_html(above, level=self.level),
            "text": inlines_html(last.children),
        }
        return (self._only or self._frame(cut)).filled(html).decode()

    def text_at(self, at: int, links: Links) -> str:
        """Return it as plain text, as much as its HTML shows in one of its sizes."""
        cut = self._cut(at)
        if cut is None:
            return blocks_text(self.blocks, links) if at or not self.html else ""
        words = blocks_text(cut.shown(self.delimited), links)
        return self._filled_in("folded.txt", "", words, cut.lang).rstrip("\n")

    def _cut(self, at: int) -> Cut | None:
        """Return what it is cut to at one of its sizes; None for nothing and for all."""
        return self._cuts[at] if self.sizes.count_to(at) else None

    def _counted(self) -> Iterator[int]:
        """Yield its sizes, and take down the cuts beside them."""
        self._cuts.append(None)
        yield 0
        if not self.html:
            return
        whole, last = byte_size(self.html), 0
        for cut, weight in self._weighed_cuts():
            if weight >= whole:
                break
            if weight > last:
                self._cuts.append(cut)
                yield weight
                last = weight
        self._cuts.append(None)
        yield whole

    def _weighed_cuts(self) -> Iterator[tuple[Cut, int]]:
        """Yield the cuts that the template can show, with what they weigh."""
        for apart in (True, False):
            text_cuts = cuts(self.delimited, apart=apart)
            first = next(text_cuts)
            if self._weight(first) is not None:
                for cut in chain((first,), text_cuts):
                    if (weight := self._weight(cut)) is not None:
                        yield cut, weight
                return
        words = [
            inlines_html(block.children)
            for block in first.shown(self.delimited)
            if isinstance(block, Paragraph)
        ]
        self._only = Frame(self._filled_in("folded.html", "", "".join(words), first.lang))
        yield first, self._only.size

    def _weight(self, cut: Cut) -> int | None:
        """Return what a cut weighs, or None where the template does not show it as it is."""
        frame = self._frame(cut)
        above, text = frame.counts.get("above", 0), frame.counts.get("text", 0)
        if (cut.above and not above) or (cut.words and not text):
            return None
        return frame.size + above * cut.above + text * cut.words

    def _frame(self, cut: Cut) -> Frame:
        """Return the template filled in, but for what is shown of the text."""
        kind = (cut.lang, bool(cut.above), bool(cut.words))
        if kind not in self._frames:
            above, text = (
                placeholder(key) if there else ""
                for key, there in (("above", cut.above), ("text", cut.words))
            )
            self._frames[kind] = Frame(self._filled_in("folded.html", above, text, cut.lang))
        return self._frames[kind]

    def _filled_in(self, template: str, above: str, text: str, lang: str) -> str:
        beginning = BeginningView(
            above=Markup(above),  # noqa: S704 (escaped in render/html.py, as is the text)
            text=text if template.endswith(".txt") else Markup(text),  # noqa: S704
            lang=lang or self.name.lang,
            url=self.url,
            name=self.name,
        )
        return self.templates.render(template, newsletter=self.newsletter, beginning=beginning)
