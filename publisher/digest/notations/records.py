"""Records of papers, however they are stored: which trees hold them, and each as Markdown."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field

from publisher.digest.markdown.autolink import paper_of
from publisher.digest.notations.keys import CONTAINERS, WRAPPERS, Role, normal, role_of
from publisher.digest.notations.page import Page, UnreadableError
from publisher.digest.notations.tree import Listing, Record, Tree, Words
from publisher.digest.notations.values import (
    LINKS,
    addresses,
    arxiv_page,
    identities,
    is_long,
    members_of,
    on_a_line,
    role_in,
    text_lines,
    unsaid,
)
from publisher.digest.source_text import Report
from publisher.model import Level

#: A paper is known by these; other records have a name or an address, too.
_TELLING = (Role.abstract, Role.summary, Role.translation, Role.detail, Role.link, Role.identity)
#: As many as there may be items.
_MOST = 10_000
_DOI_LABEL = "DOI"


@dataclass(slots=True)
class Group:
    """Records that stand together, and what they are called."""

    line: int
    name: str
    records: list[Record] = field(default_factory=list)


@dataclass(slots=True)
class Collection:
    """All that a file or a fence holds."""

    groups: list[Group] = field(default_factory=list)
    #: What is said of all of it.
    details: list[tuple[Words, Tree]] = field(default_factory=list)
    #: The lines of what is neither.
    others: list[int] = field(default_factory=list)

    @property
    def records(self) -> Iterator[Record]:
        """Yield the records of all groups."""
        return (record for group in self.groups for record in group.records)


def collected(trees: Sequence[Tree]) -> Collection | None:
    """Find the records in the documents of a file; None where there are none."""
    collection = Collection()
    if len(trees) > 1:
        trees = [Listing(trees[0].line, list(trees))]
    for tree in trees:
        _collect(tree, Words(tree.line, ""), collection)
    return collection if collection.groups else None


def is_record(tree: Tree) -> bool:
    """Return whether a tree says of a paper, or of a page, what it is called or where it is."""
    if not isinstance(tree, Record):
        return False
    roles = [
        role
        for key, value in members_of(tree)
        if _is_leaf(key, value) and (role := role_in(key, value))
    ]
    named = Role.title in roles or (Role.name in roles and Role.url in roles)
    linked = Role.url in roles or any(identities(tree))
    return (named or linked) and len(roles) > 1 and (named or any(r in _TELLING for r in roles))


def is_paper(record: Record) -> bool:
    """Return whether a record has a title, a link, and something else that papers have."""
    roles = {role_in(key, value) for key, value in members_of(record)}
    linked = Role.url in roles or Role.link in roles or any(identities(record))
    return bool(
        roles & {Role.title, Role.translation}
        and linked
        and roles & {Role.abstract, Role.summary, Role.detail, Role.identity}
    )


def _is_leaf(key: Words, value: Tree) -> bool:
    """Return whether a value is a record's own: authors and links may look like records."""
    if role_of(key.value)[0] in (Role.detail, Role.url, Role.link):
        return True
    if isinstance(value, Record):
        return all(_is_leaf(*member) for member in value.members)
    return not (isinstance(value, Listing) and any(map(is_record, value.entries)))


def _collect(tree: Tree, key: Words, collection: Collection) -> None:
    name = "" if normal(key.value) in CONTAINERS else key.value
    if isinstance(tree, Listing):
        tree = Listing(tree.line, [_unwrapped(entry) for entry in tree.entries])
    if isinstance(tree, Listing) and tree.entries and _mostly(tree.entries):
        records = [entry for entry in tree.entries if isinstance(entry, Record)]
        collection.groups.append(Group(key.line, name, records))
        collection.others += [entry.line for entry in tree.entries if not isinstance(entry, Record)]
    elif isinstance(tree, Record) and tree.members:
        values = [value for _, value in tree.members]
        if is_paper(tree) and all(_is_leaf(*member) for member in tree.members):
            collection.groups.append(Group(key.line, name, [tree]))
        elif _mostly(values) and all(isinstance(value, Record) for value in values):
            collection.groups.append(Group(key.line, name, list(_by_number(tree))))
        else:
            for own, value in tree.members:
                _collect(value, own, collection)
    elif key.value:
        collection.details.append((key, tree))


def _unwrapped(tree: Tree) -> Tree:
    """Return a record with the values of one inside it: `{"paper": {"title": …}, "votes": 7}`."""
    if not isinstance(tree, Record):
        return tree
    inner = [
        (key, value)
        for key, value in tree.members
        if normal(key.value) in WRAPPERS and is_record(value)
    ]
    if len(inner) != 1 or not isinstance(record := inner[0][1], Record):
        return tree
    shown = {(normal(key.value), on_a_line(value)) for key, value in record.members}
    others = [
        (key, value)
        for key, value in tree.members
        if value is not record and (normal(key.value), on_a_line(value)) not in shown
    ]
    return Record(tree.line, [*record.members, *others])


def _by_number(tree: Record) -> Iterator[Record]:
    """Yield records that stand under their numbers."""
    for key, value in tree.members:
        if isinstance(value, Record):
            known = [(Words(key.line, "id"), key)] if arxiv_page(key.value) else []
            yield Record(value.line, [*value.members, *known])


def _mostly(trees: Sequence[Tree]) -> bool:
    return 2 * sum(map(is_record, trees)) >= len(trees)


# --- Writing ------------------------------------------------------------------------------


def write(collection: Collection, level: int, page: Page, report: Report) -> None:
    """Write what is said of all, and each record under a heading of this level or deeper.

    Raises UnreadableError for very many.
    """
    count = sum(len(group.records) for group in collection.groups)
    if count > _MOST:
        what = f"{count} records; an issue has at most {_MOST} items"
        raise UnreadableError(what, collection.groups[0].line)
    for key, value in collection.details:
        text = on_a_line(value)
        if role_of(key.value)[0] is Role.title and text:
            page.heading(key.line, level - 1, text)
        elif text:
            _write_field(page, key.line, role_of(key.value)[1], value)
            page.part()
    parted = len(collection.groups) > 1
    for group in collection.groups:
        if parted and group.name:
            page.heading(group.line, level, role_of(group.name)[1])
        for record in group.records:
            _write_record(record, level + (parted and bool(group.name)), page, report)
    for line in collection.others:
        report(line, 1, Level.warning, "no-record", f"left out (line {line}): it is no record")


def _write_record(record: Record, level: int, page: Page, report: Report) -> None:
    page.leave_out("what a program notes of records", unsaid(record))
    members = [(key, value) for key, value in members_of(record) if on_a_line(value)]
    roles = {role_in(key, value) for key, value in members}
    named = next((r for r in (Role.title, Role.name, Role.translation) if r in roles), None)
    title = next((member for member in members if named and role_in(*member) is named), None)
    links = _links(members)
    if not title and not links:
        last = max((value.line for _, value in members), default=record.line)
        lines = f"lines {record.line}–{last}" if last > record.line else f"line {record.line}"
        what = f"left out ({lines}): a record with neither a title nor a link"
        report(record.line, 1, Level.warning, "no-record", what)
        return
    line = title[0].line if title else record.line
    page.heading(line, level, on_a_line(title[1]) if title else links[0][2])
    rest = [member for member in members if member is not title]
    for key, value in rest:
        if role_in(key, value) is Role.translation:
            _write_field(page, key.line, role_of(key.value)[1], value)
    for number, label, url in links:
        page.field(number, label, url)
    texts = {Role.abstract} if Role.abstract in roles else {Role.summary}
    shown = {url for _, _, url in links}
    for key, value in rest:
        is_written = role_in(key, value) in (Role.translation, *texts)
        if not is_written and not _is_link(key, value, shown):
            _write_field(page, key.line, role_of(key.value)[1], value)
    for key, value in rest:
        if role_in(key, value) in texts:
            page.part()
            for text in text_lines(value):
                page.keep(text)
    page.part()


def _is_link(key: Words, value: Tree, shown: Container[str]) -> bool:
    """Return whether a value is written as a link, or is the same paper as one."""
    role, label = role_in(key, value), role_of(key.value)[1]
    urls = addresses(value, role) if role in LINKS else []
    return bool(urls) and (label != _DOI_LABEL or urls[0] in shown)


def _links(members: Sequence[tuple[Words, Tree]]) -> list[tuple[int, str, str]]:
    """Return line, label and address of a record's links, each address and paper once.

    A DOI beside other links is no link: it may be the same paper's.
    """
    links: list[tuple[int, str, str]] = []
    seen: set[object] = set()
    for wanted in LINKS:
        for key, value in members:
            if role_in(key, value) is not wanted:
                continue
            label = role_of(key.value)[1]
            for url in addresses(value, wanted):
                known = url if label == "PDF" else paper_of(url) or url
                if known in seen or url in seen or (label == _DOI_LABEL and links):
                    continue
                seen |= {known, url}
                is_first = label in (_DOI_LABEL, "arXiv") and not links
                links.append((key.line, "Link" if is_first else label, url))
    return links


def _write_field(page: Page, number: int, label: str, value: Tree) -> None:
    """Write a labelled value: on its line, on lines below it, or as a list."""
    if isinstance(value, Listing) and is_long(value):
        page.part()
        page.add(number, f"**{label}**:")
        page.part()
        for entry in value.entries:
            page.add(entry.line, f"- {on_a_line(entry)}")
        page.part()
        return
    first, *rest = text_lines(value)
    page.field(number, label, first.text)
    for line in rest:
        page.keep(line)
    if rest:
        page.part()
