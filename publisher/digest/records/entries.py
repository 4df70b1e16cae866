"""Units whose first line holds more than a title: entries of lists and numbered lines."""

from __future__ import annotations

import re
from collections.abc import Sequence

from publisher.digest.fields import citations, item_numbers, link_names, title_details, titles
from publisher.digest.fields.details import take_details
from publisher.digest.fields.draft_item import DraftItem, entitle
from publisher.digest.fields.labels import Role, label_of
from publisher.digest.fields.link_lines import aside, line_links
from publisher.digest.markdown import inline
from publisher.digest.markdown.autolink import paper_of
from publisher.digest.markdown.line_marks import CHECKBOX
from publisher.digest.source_text import Line
from publisher.model import Link, links_in, plain

#: What stands around a title, beside words.
_BEFORE = " \t\u3000:：，,。.;；—–-|·([{（【*_"
_AFTER = " \t\u3000:：，,。.;；—–-|·)]}）】\\"
#: Stress that ended with the title.
_LEFT_STRESS = re.compile(r"(?:\*\*|__|\*|_)(?=[\s:：,，.。;；)\]】|—–-]|$)")
#: `**Title** - text`; the stress may hold a link.
_STRESSED = re.compile(
    r"[^\w\n*<>|\[(（【]{0,8}(?P<stress>\*\*|__|\*(?!\*)|_(?!_)|`(?!`))(?=\S)(?P<words>.{1,300}?)"
    r"(?P=stress)(?P<rest>(?:(?<=[.?!。？！][*_])|(?<=[.?!。？！]\*\*)|(?<=[.?!。？！]__)"
    r"|(?=[ \t]*(?:$|[:：,，.。;；(（\[【<—–|·\\-]|[ \t][*_]|https?:|!\[))).*)",
    re.DOTALL,
)
_STRESSED_FIRST = re.compile(
    r"(?P<stress>\*\*|`)(?=\S)(?P<words>[^*`]{8,300}?)(?P=stress)(?P<rest>.+)"
)
#: A short name as code, a tag, or who wrote it where, before a stressed title.
_LEAD = re.compile(
    r"(?:(?:`[^`\n]{1,40}`|\[[^\[\]\n]{3,120}\](?![(\[])|[(（][^()（）\n]{1,24}[)）]|「[^「」\n]{1,24}」)"
    r"[ \t]*){1,2}(?=\*\*\S)"
)
_FEWEST_WORDS = 3
_STRESSED_BRACKET = re.compile(
    r"(?P<stress>\*\*|__)(?P<inside>[\[(（【][^\[\]()（）【】*]{1,40}[\])）】])(?P=stress)"
)
_SENTENCE = re.compile(r"(?<=[。！？；])|(?<=[.!?;])[ \t]+")
_SEPARATED = re.compile(r"[ \t]+(?:[—–|-]|--)[ \t]+|[ \t]*(?:——|｜|：)[ \t]*|:[ \t]+|[ ]{2,}")
_LONGEST, _LONGEST_TITLE, _MOST_LINKS = 120, 200, 20
_Span = tuple[int, int, Link]


def from_entry(line: Line) -> DraftItem:
    """Return the item that the first line of an entry begins, with what else stands on it."""
    line = _without_marks(line)
    draft = DraftItem(line.number, "")
    label = label_of(line.text)
    if label and label.is_known:
        return draft if label.role is not Role.title else _labelled(draft, line, label.end)
    # What stands in brackets before a title, and a date.
    line = _without_badges(line, draft)
    rest = _without_badges(line.after(_details_end(line.text, draft)), draft)
    rest = _without_lead(rest, draft)
    if (beside := aside(rest.text)) and beside[0]:
        draft.links += beside[2]
        rest = rest._replace(text=f"{rest.text[: beside[0]]}{rest.text[beside[1] :]}")
    spans = _links(rest.text)
    title = _title_link(spans)
    stressed = _STRESSED.match(rest.text) or _stressed_before_details(rest)
    if len(spans) == 1 and link_names.is_image(spans[0][2]) and not _words_around(rest, spans[0]):
        draft.links.append(spans[0][2])
        return draft
    if _take_cited(draft, rest, spans):
        return draft
    if stressed and _is_title_in_stress(stressed, title):
        nodes = titles.inlines(stressed["words"])
        entitle(draft, titles.title_of(nodes))
        draft.links += links_in(nodes)
        _rest(draft, rest.after(stressed.start("rest")), spans)
    elif title and not _is_prose(rest.text[: title[0]]):
        _take_linked(draft, rest, title, spans)
    elif spans:
        _beside_link(draft, rest, spans)
    else:
        _plain(draft, rest)
    return draft


def _without_lead(line: Line, draft: DraftItem) -> Line:
    """Return a line without what stands before its stressed title: details, a tag, or text."""
    lead = _LEAD.match(line.text)
    if not lead:
        return line
    words = lead[0].strip()
    if not take_details(words, draft):
        if tag := _TAG.fullmatch(words):
            draft.note("tags", tag["words"])
        else:
            draft.add([line._replace(text=words), line._replace(text="")])
    return line.after(lead.end())


def _without_marks(line: Line) -> Line:
    """Return a line without a box to tick, stress around a bracket, and its number."""
    if box := CHECKBOX.match(line.text):
        line = line.after(box.end())
    if bracket := _STRESSED_BRACKET.match(line.text):
        text = bracket["inside"] + line.text[bracket.end() :]
        line = line.after(bracket.end())._replace(text=text)
    return line.after(len(line.text) - len(item_numbers.unnumbered(line.text)))


def _title_link(spans: Sequence[_Span]) -> _Span | None:
    """Return the first link whose words are a title, unless a paper's link stands before it."""
    title = next((span for span in spans if is_title_link(span[2])), None)
    names = [span for span in spans if link_names.names_itself(span[2]) and paper_of(span[2].url)]
    if title and names and names[0] < title and not paper_of(title[2].url):
        return None
    return title


def _take_cited(draft: DraftItem, line: Line, spans: Sequence[_Span]) -> bool:
    """Take a title in quotes or behind its authors; return whether there is one."""
    citation = citations.read(line.text)
    if citation is None:
        return False
    for role in ("authors", "date"):
        if words := getattr(citation, role):
            draft.note(role, words)
    entitle(draft, citation.title)
    _rest(draft, line.after(citation.end), spans)
    return True


def _take_linked(draft: DraftItem, line: Line, title: _Span, spans: Sequence[_Span]) -> None:
    """Take the words of a link for the title; what stands before it is a tag, details or text."""
    start, end, link = title
    entitle(draft, plain(link.children))
    draft.links.append(link)
    before = line.text[:start].strip()
    draft.links += links_in(titles.inlines(before))
    if tag := _TAG.fullmatch(before):
        draft.note("tags", tag["words"])
        before = ""
    before = before.strip(_BEFORE)
    if titles.title_of(titles.inlines(before)) and not take_details(before, draft):
        draft.add([line._replace(text=before)])
    _rest(draft, line.after(end), spans)


_EDGE = re.compile(r"(?:[ \t]|<br ?/?>|:[a-z_]{2,30}:|[^\w\s\[\](){}*_<>`!$\"'“《「『【】（）-])*")


def _without_badges(line: Line, draft: DraftItem) -> Line:
    """Return a line without the pictures, names of links and emoji before its title."""
    while True:
        line = line.after(_EDGE.match(line.text).end())  # type: ignore[union-attr]  # matches ""
        first = inline.first_link(line.text)
        if not first:
            return line
        start, end, link = first
        is_name = link_names.names_itself(link) or link_names.is_image(link)
        is_first = not line.text[:start].strip("[(（【 ")
        if not is_first or not is_name or not any(map(str.isalpha, line.text[end:])):
            return line
        if start:
            end += len(line.text[end:]) - len(line.text[end:].lstrip("])）】 :：—–-"))
        if not link_names.is_image(link):
            draft.links.append(link)
            rest = line.after(end)
            if not _links(rest.text):
                return rest
        line = line.after(end)


def _stressed_before_details(line: Line) -> re.Match[str] | None:
    """Return the stressed words that begin a line with details, or a sentence, behind them."""
    match = _STRESSED_FIRST.match(line.text)
    if not match:
        return None
    rest = match["rest"].lstrip()
    is_long = (
        len(match["words"].split()) > _FEWEST_WORDS
        and rest[:1].isalpha()
        and not rest[:1].islower()
    )
    return match if is_long or take_details(rest, DraftItem(line.number, "")) else None


def _is_title_in_stress(stressed: re.Match[str], link: _Span | None) -> bool:
    """Return whether stressed words are the title, and not the words of the paper's link behind."""
    words = stressed["words"].strip()
    if stressed["stress"] == "`" and len(words.split()) < _FEWEST_WORDS:
        return False
    inside = words.strip("[]【】()（） ")
    if title_details.kind_of(inside, is_bracketed=True) or not any(map(str.isalnum, words)):
        return False
    if not link or stressed.end("words") >= link[0] + 1:
        return link is None or stressed.start("words") <= link[0]
    between = stressed["rest"][: max(link[0] - stressed.start("rest"), 0)]
    return paper_of(link[2].url) is None or any(map(str.isalnum, between))


def _labelled(draft: DraftItem, line: Line, end: int) -> DraftItem:
    value = line.after(end)
    spans = _links(value.text)
    title = _title_link(spans)
    if title and paper_of(title[2].url) and not _is_prose(value.text[: title[0]]):
        _take_linked(draft, value, title, spans)
        return draft
    nodes = titles.inlines(value.text)
    entitle(draft, titles.title_of(nodes))
    draft.links += links_in(nodes)
    return draft


_TAG = re.compile(r"[\[【(（「](?P<words>[^\[\]【】()（）「」]{1,24})[\]】)）」]")
_CLOSE = re.compile(r"(?:[*_]{0,2}[ ]?[\])）】］])?[ \t\u3000:：|·—–-]*")


def _details_end(text: str, draft: DraftItem) -> int:
    """Return where a title begins, behind brackets and dates, which go to the metadata."""
    _, details = title_details.parted(text)
    at = 0
    for detail in details:
        place = text.find(detail.words, at, at + 60)
        if place < 0 or any(map(str.isalnum, text[at:place])):
            break
        draft.note(detail.kind, detail.words) if detail.kind != "number" else None
        at = place + len(detail.words)
        at = _CLOSE.match(text, at).end()  # type: ignore[union-attr]  # matches ""
    return at


def _links(text: str) -> list[_Span]:
    """Return the links of a line and where each begins and ends."""
    spans: list[_Span] = []
    at = 0
    while len(spans) < _MOST_LINKS and (first := inline.first_link(text[at:])):
        start, end, link = first
        spans.append((at + start, at + end, link))
        at += end
    return spans


def _words_around(line: Line, span: _Span) -> bool:
    """Return whether anything but a link stands on a line."""
    return any(map(str.isalnum, line.text[: span[0]] + line.text[span[1] :]))


def is_title_link(link: Link) -> bool:
    """Return whether a link's words can be a title."""
    return not link_names.names_itself(link) and not titles.is_odd_title(plain(link.children))


def _is_prose(before: str) -> bool:
    """Return whether a sentence stands before a link, so that it is a mention."""
    words = before.strip(_BEFORE)
    return bool(words) and (len(_SENTENCE.split(words)) > 1 or len(words) > _LONGEST)


#: `Title (Read more on [arXiv](…))`.
_UNCLOSED = re.compile(r"[ \t]*[(（][^()（）\n]{0,30}$")


def _beside_link(draft: DraftItem, line: Line, spans: Sequence[_Span]) -> None:
    """Take the words before a link that only names itself for the title, or else those behind."""
    start, end, link = spans[0]
    before = _UNCLOSED.sub("", line.text[:start])
    words, _ = title_details.parted(titles.title_of(titles.inlines(before.strip(_BEFORE))))
    if words and any(map(str.isalnum, words)):
        cut = _SEPARATED.search(before.strip(_BEFORE))
        if (
            cut
            and len(before) > _LONGEST
            and before[: cut.start()].count("**") % 2 == 0
            and titles.may_be_title(before[: cut.start()])
        ):
            entitle(draft, before[: cut.start()].strip(_BEFORE))
            draft.add([line.after(cut.end())])
            draft.links += [span[2] for span in spans if link_names.names_itself(span[2])]
            return
        entitle(draft, _without_venue(before.strip(_BEFORE.strip("*_")), draft))
        draft.links.append(link)
        _rest(draft, line.after(end), spans)
        return
    draft.links.append(link)
    after = line.text[end:]
    text = after.lstrip(_AFTER)
    rest = line.after(len(line.text) - len(text))
    if take_details(text, draft):
        return
    if more := _links(text):
        inside = DraftItem(line.number, "")
        if link_names.names_itself(more[0][2]):
            _beside_link(inside, rest, more)
        else:
            inside.add([rest])
        draft.heading = inside.heading
        draft.links += inside.links
        draft.add(inside.lines)
    elif titles.may_be_title(text):
        entitle(draft, titles.title_of(titles.inlines(text)))
    elif text:
        draft.add([rest])


def _without_venue(before: str, draft: DraftItem) -> str:
    """Return a title without the stressed venue, names and date that end it."""
    pieces = re.split(r"(\*\*[^*]{1,60}\*\*|(?<![*\w])\*[^*]{1,200}\*)", before)
    while len(pieces) > 1 and any(map(str.isalnum, pieces[0])):
        last = pieces[-1]
        if any(map(str.isalnum, last)) and not take_details(last, draft):
            break
        if not take_details(pieces[-2], draft):
            break
        del pieces[-2:]
    words = titles.title_of(titles.inlines("".join(pieces))).strip()
    if venue := _IN_VENUE.fullmatch(words):
        draft.note("venue", venue["venue"])
        return venue["title"]
    return words.rstrip(",，;；:：—–-| ").strip()


#: `Title. Venue 2024.`
_IN_VENUE = re.compile(
    r"(?P<title>.{8,250}?[.?!])[ ]"
    r"(?P<venue>[A-Z][\w&'’ -]{1,40}[ '’](?:19|20)?[0-9]{2}|Preprint|arXiv)\.?"
)


def _rest(draft: DraftItem, line: Line, spans: Sequence[_Span]) -> None:
    """Take what stands behind a title: links and details, or else text."""
    text = line.text.lstrip(" \t")
    if stress := _LEFT_STRESS.match(text):
        text = text[stress.end() :]
    text = text.lstrip(_AFTER)
    while first := inline.first_link(text):
        begin, end, link = first
        if text[:begin].strip(_BEFORE) or not link_names.names_itself(link):
            break
        draft.links.append(link)
        text = text[end:].lstrip(_AFTER)
    if not any(map(str.isalnum, text)):
        return
    rest = line.after(len(line.text) - len(text))
    if take_details(text, draft):
        return
    links = line_links(text)
    if links:
        draft.links += links
        return
    # The links of a sentence are its own, the paper's also the item's.
    papers = [link for _, _, link in spans if paper_of(link.url) and link_names.names_itself(link)]
    named = [link for link in papers if not link_names.is_bare(link)]
    draft.links += [link for link in named or papers if link not in draft.links]
    draft.add([rest])


def _plain(draft: DraftItem, line: Line) -> None:
    """Take a line without a link: a title, a title and a text, or a text."""
    text = line.text.rstrip("\\ ")
    cut = _SEPARATED.search(text)
    longest = _LONGEST_TITLE if cut and cut[0].strip() == ":" else _LONGEST
    if titles.may_be_title(text) and not (cut and len(text) > longest):
        entitle(draft, titles.title_of(titles.inlines(text)))
    elif cut and titles.may_be_title(text[: cut.start()]) and cut.start() <= _LONGEST:
        entitle(draft, titles.title_of(titles.inlines(text[: cut.start()])))
        draft.add([line.after(cut.end())])
    elif len(text) <= _LONGEST:
        draft.heading = titles.title_of(titles.inlines(text))
    else:
        draft.add([line])
