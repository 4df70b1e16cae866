"""The lines below an item's title: other titles, links, labelled values and text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from publisher.digest.fields import item_numbers, link_names, titles
from publisher.digest.fields.details import take_details
from publisher.digest.fields.draft_item import (
    METADATA,
    NOTHING,
    DraftItem,
    Part,
    entitle,
    note_value,
)
from publisher.digest.fields.field_tables import without_tables
from publisher.digest.fields.field_values import unstressed, value_end
from publisher.digest.fields.labels import Label, Role, label_of, role_of
from publisher.digest.fields.link_lines import doi_links, flat, line_links
from publisher.digest.fields.link_names import NAME
from publisher.digest.fields.translated_title import (
    fuller_title,
    is_other_title,
    names_another,
    title_in,
)
from publisher.digest.markdown.autolink import bare_number, paper_of
from publisher.digest.markdown.line_marks import BULLET, RULE, closed_fences, heading, is_field
from publisher.digest.markdown.list_entries import content_of, entry_of
from publisher.digest.markdown.tables import tables_of
from publisher.digest.source_text import Line
from publisher.model import Link, links_in, plain

#: How many lines may stand above a link: two titles and four of details.
TALLEST = 6
_MOST_FIELDS = 2


def take(
    lines: Sequence[Line],
    draft: DraftItem,
    own: frozenset[int] = frozenset(),
    repeated: frozenset[str] = frozenset(),
) -> None:
    """Sort the lines below an item's title into its draft: titles, links, fields and text.

    Lines whose numbers are in `own` hold the item's own link, wherever they stand; words in
    `repeated` are labels.
    """
    _Taker(list(without_tables(lines)), draft, own, repeated).run()


class _Taker:
    def __init__(
        self, lines: Sequence[Line], draft: DraftItem, own: frozenset[int], repeated: frozenset[str]
    ) -> None:
        self.lines = lines
        self.draft = draft
        self.own = own
        #: The line of the title, if no link or label stands between.
        self.title_line = draft.line
        self.is_text = self.is_after_links = False
        #: Whether a label may begin on the line at hand: no sentence goes on there.
        self.is_fresh = True
        self.contents = [content_of(line) for line in lines]
        self.labels = [label_of(content.text, repeated) for content in self.contents]
        #: Tables of the text, by where they begin: the item's own link stands in none.
        self.tables = {
            start: end
            for start, end in tables_of(lines)
            if own.isdisjoint(line.number for line in lines[start:end])
        }
        for start, end in self.tables.items():
            self.labels[start:end] = [None] * (end - start)
        self.may_be_untitled = not any(x and x.role is Role.title for x in self.labels)
        known = sum(1 for label in self.labels if label and label.is_known)
        others = sum(1 for label in self.labels if label and label.role is Role.other)
        self.has_fields = known + others >= _MOST_FIELDS
        #: Stressed words before a colon are labels where there are several.
        self.has_terms = others >= _MOST_FIELDS or (known and others)

    def run(self) -> None:
        fences = closed_fences(self.lines)
        index = 0
        while index < len(self.lines):
            line = self.lines[index]
            if not line.text.strip():
                if self.draft.body and not self.draft.body[-1].term:
                    self.draft.add([line])
                self.is_fresh = True
                index += 1
            elif end := self.tables.get(index) or fences.get(index, -1) + 1:
                self.text(self.lines[index:end])
                index = end
            else:
                index = self.take(index)

    def text(self, lines: Sequence[Line]) -> None:
        self.draft.add(lines)
        self.is_text = True
        last = lines[-1].text
        self.is_fresh = last.endswith("  ") or last.rstrip()[-1:] in "。！？.!?\\；;"

    def take(self, index: int) -> int:
        """Take the line at `index`, and those that belong to it; return the index of the next."""
        line = self.lines[index]
        content = self.contents[index]
        label = self.labels[index]
        is_entry = content.column > line.column or content.text != line.text
        begins = self.is_fresh or is_entry or self.are_fields(index)
        if label and begins and (label.is_known or self.has_terms):
            end = self.labelled(index, content, label)
            if end > index:
                return end
        elif (titled := heading(line.text)) and (role := role_of(titled[1])):
            end = self.below_heading(index, role)
            if end > index:
                return end
        if line.number in self.own and bare_number(content.text):
            self.is_fresh = True
            return index + 1
        links = line_links(line.text)
        is_own = line.number in self.own or (
            self.is_after_links and index and self.lines[index - 1].text.strip()
        )
        self.is_after_links = False
        if links and (not self.is_text or is_own):
            self.is_after_links = self.is_fresh = True
            self.link_line(content, links)
        elif not self.is_text and self.is_lead(index, content):
            self.is_fresh = True
        else:
            self.text([line])
        return index + 1

    def are_fields(self, index: int) -> bool:
        """Return whether two lines, one below the other, have labels that no text has."""
        labels = [label for label in self.labels[index : index + 2] if label and label.is_known]
        roles = [label.role for label in labels]
        return len(roles) > 1 and all(r in METADATA or r is Role.link for r in roles)

    def link_line(self, content: Line, links: Sequence[Link]) -> None:
        """Take a line of links; words of one may be a title."""
        draft = self.draft
        draft.links += links
        title = "" if draft.other_title else title_in(links, draft)
        if title and not draft.heading and self.may_be_untitled:
            entitle(draft, title)
        elif title:
            draft.other_title = title
        elif fuller := fuller_title(links, draft):
            entitle(draft, fuller)
        elif names_another(links, draft):
            draft.add([content, Line(content.number, "")])

    def is_lead(self, index: int, content: Line) -> bool:
        """Take a line that stands between a title and the text; return whether it is one."""
        if len(content.text) > _LONGEST_LEAD:
            return False
        if RULE.match(content.text):
            return True
        if is_other_title(self.lines, index, self.draft):
            words = titles.title_of(titles.inlines(content.text))
            self.draft.other_title = item_numbers.unnumbered(words)
            return True
        if heading(content.text):
            return False
        is_odd = titles.is_odd_title(content.text)
        is_title = self.may_be_untitled and titles.may_be_title(content.text) and not is_odd
        if is_title and not self.draft.heading:
            nodes = titles.inlines(content.text)
            entitle(self.draft, titles.title_of(nodes))
            self.draft.links += links_in(nodes)
            self.title_line = content.number
            return bool(self.draft.heading)
        return (
            (not is_odd and self.takes_names(index, content))
            or take_details(content.text, self.draft)
            or self.takes_detail(index, content)
        )

    def takes_detail(self, index: int, content: Line) -> bool:
        """Take a line above links as text of its own; return whether it is such a line."""
        text = self.lines[index].text
        reach = TALLEST if is_field(text) else 2 if titles.may_be_title(text) else 0
        below = self.lines[index + 1 : index + 1 + reach]
        if not any(line_links(line.text) for line in below):
            return False
        self.draft.add([content, Line(content.number, "")])
        return True

    def takes_names(self, index: int, content: Line) -> bool:
        """Take a line of names alone; return whether it is one.

        It is where several stand right below the title, or a line of details is right below them.
        """
        words = _SIGN.sub("", content.text).strip(" *\\.")
        names = re.split(r",[ ]?(?:and[ ])?| and |、|;[ ]", words)
        if not all(map(NAME.fullmatch, names)):
            return False
        below = self.lines[index + 1].text if index + 1 < len(self.lines) else ""
        above = self.labels[index - 1] if index else None
        is_first = content.number == self.title_line + 1
        is_first = is_first or bool(above and above.role is Role.title)
        if not (is_first and len(names) > 1):
            if not below.strip():
                return False
            scratch = DraftItem(content.number, "")
            if not take_details(content_of(self.lines[index + 1]).text, scratch):
                return False
        self.draft.note("authors", words)
        return True

    # --- Labels ---------------------------------------------------------------------------

    def labelled(self, index: int, content: Line, label: Label) -> int:
        """Take a labelled value; return the index after it, or `index` where it is text."""
        value = unstressed(content.after(label.end), content.text)
        role = label.role
        again = label_of(value.text)
        if again and again.role is role and not value.text[again.end :].strip():
            value = value.after(again.end)  # `**Subjects:** Subjects:`, and the value below
        if role in METADATA or role in (Role.title, Role.translation):
            end = self.valued(index, value, role)
        elif role is Role.link:
            end = self.linked(index, value)
        elif role is Role.number:
            number = value.text.strip(" .。")
            end = index + (number.isdigit() or bool(bare_number(number)))
        elif role is Role.abstract:
            end = self.abstract(index, content, value)
        elif role is Role.group and not value.text.strip():
            end = index + 1
        else:
            end = self.term(index, content, label, value)
        self.is_fresh = self.is_fresh or end > index
        return end

    def valued(self, index: int, value: Line, role: Role) -> int:
        """Take a title or metadata, which may go on in the next lines."""
        end = value_end(self.lines, self.labels, index, is_empty=not value.text.strip())
        below = (content.text.strip() for content in self.contents[index + 1 : end])
        value = value._replace(text=" ".join([value.text, *below]).strip())
        if len(value.text) > _LONGEST_VALUE:
            return index
        if role not in METADATA:
            return end if self.titled(value, role) else index
        note_value(self.draft, role, value)
        return end

    def abstract(self, index: int, content: Line, value: Line) -> int:
        """Take the text behind a label like Abstract, without the label."""
        end = index + 1
        if value.text.strip():
            if self.is_text:
                self.draft.add([Line(value.number, "")])
            self.text([value])
        self.is_text = True
        if content.column > self.lines[index].column:
            inside, end = entry_of(self.lines, index)
            self.draft.add(inside[1:])
        return end

    def titled(self, value: Line, role: Role) -> bool:
        """Take a labelled title; return whether it is one that the item does not have yet."""
        draft = self.draft
        nodes = titles.inlines(value.text)
        linked = [
            link
            for link in links_in(nodes)
            if paper_of(link.url) and not link_names.names_itself(link)
        ]
        words = plain(linked[0].children) if len(linked) == 1 else titles.title_of(nodes)
        words = titles.unquoted(item_numbers.unnumbered(words))
        is_text = role is Role.translation and self.is_text and not titles.may_be_title(words)
        if not words or is_text:  # `译：` may be before an abstract's translation, too
            return False
        is_counted = bool(draft.heading) and item_numbers.is_counted(draft.heading)
        if is_counted or not draft.heading or titles.is_odd_title(draft.heading):
            self.aside(draft.line, draft.heading)
            entitle(draft, words)
        elif role is Role.translation or titles.translates(words, draft.heading):
            if draft.other_title not in ("", words):
                return False
            draft.other_title = words
        elif words not in (draft.heading, draft.other_title):
            return False
        draft.links += links_in(nodes)
        if len(linked) == 1:
            beside = plain([node for node in flat(nodes) if not isinstance(node, Link)])
            self.aside(value.number, beside.strip(titles.SEPARATORS))
        return True

    def aside(self, number: int, words: str) -> None:
        """Take words beside a title for details, or else for text."""
        is_told = words and not link_names.names_a_link(words)
        if is_told and not take_details(words, self.draft):
            self.draft.add([Line(number, words), Line(number, "")])

    def linked(self, index: int, value: Line) -> int:
        """Take the links of a labelled line, or of the lines below a lone label."""
        if not value.text.strip():
            return self.linked_below(index)
        line = self.lines[index]
        words = plain(titles.inlines(value.text)).strip(" .。")
        links = line_links(line.text) or doi_links(words)
        if not links:
            if stated := _STATED.fullmatch(words):
                self.aside(value.number, stated["state"].strip())
                return index + 1
            # A paper's number is enough: its link is the unit's own. A date may stand beside it.
            is_number = link_names.names_a_link(words) and words[0].isdigit()
            if is_number:
                take_details(words, self.draft)
            return index + (is_number or words.lower() in NOTHING)
        if self.is_text and not self.has_fields and line.number not in self.own:
            return index
        self.draft.links += links
        has_words = not value.text.isascii() or any(mark in value.text for mark in "[(")
        title = title_in(links, self.draft) if has_words else ""
        if title and not self.draft.heading:
            entitle(self.draft, title)
        elif title and not self.draft.other_title and titles.translates(title, self.draft.heading):
            self.draft.other_title = title
        elif fuller := fuller_title(links, self.draft):
            entitle(self.draft, fuller)
        elif has_words and names_another(links, self.draft):
            self.draft.add([value, Line(line.number, "")])
        return index + 1

    def linked_below(self, index: int) -> int:
        """Take the lines of links below a label that stands alone; return the index after them."""
        end, links = index + 1, list[Link]()
        while end < len(self.lines):
            if self.lines[end].text.strip():
                below = line_links(self.lines[end].text)
                if not below:
                    break
                links += below
            end += 1
        self.draft.links += links
        return end if links else index

    def term(self, index: int, content: Line, label: Label, value: Line) -> int:
        """Take text under a label: to a blank line, or where its own line is empty, to the next."""
        term = content._replace(text=label.words)
        if content.column > self.lines[index].column and BULLET.match(self.lines[index].text):
            inside, end = entry_of(self.lines, index)
            self.draft.body.append(Part(term, [value, *inside[1:]]))
            self.is_text = True
            return end
        end = index + 1
        is_empty = not value.text.strip()
        while end < len(self.lines):
            line = self.lines[end]
            if line.text.strip():
                if self.labels[end] or heading(line.text) or RULE.match(line.text):
                    break
            elif not is_empty:
                break
            end += 1
        lines = [value, *self.lines[index + 1 : end]]
        if not any(line.text.strip() for line in lines):
            return index
        self.draft.body.append(Part(term, lines))
        self.is_text = True
        return end

    def below_heading(self, index: int, role: Role) -> int:
        """Take what stands below a heading that is a label of a title, metadata or a link."""
        lines = self.lines
        below = next((i for i in range(index + 1, len(lines)) if lines[i].text.strip()), 0)
        if not below:
            return index
        text = lines[below].text
        if role in METADATA or role in (Role.title, Role.translation):
            if heading(text) or not titles.may_be_title(text):
                return index
            if role in METADATA:
                note_value(self.draft, role, content_of(lines[below]))
            elif not self.titled(content_of(lines[below]), role):
                return index
            return below + 1
        is_over = (role is Role.group and self.labels[below]) or (
            role is Role.link and any(paper_of(link.url) for link in line_links(text))
        )
        return index + 1 if is_over else index


_LONGEST_VALUE = 2_000
#: `👥 Ana Oak, Bo Elm`.
_SIGN = re.compile(r"[\U0001f300-\U0001faff]\ufe0f?[ \t]+")
#: `arXiv:2408.05211 (replaced) [pdf, html, other]`, without its label.
_STATED = re.compile(
    r"[0-9a-z./-]{9,20}(?= [\[(])(?P<state>(?: \([^()]{2,60}\))?(?: \[\w+(?:[,.][\w ,-]+)?\])?)"
)
#: A longer line is text, whatever it holds.
_LONGEST_LEAD = 600
