"""The pages where people join, confirm, choose and leave, and the mail that asks them back."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from publisher import i18n
from publisher.config import Newsletter
from publisher.i18n import words
from publisher.render.context_builder import Views
from publisher.render.contexts import PageView
from publisher.render.mjml.compile import mail_html
from publisher.render.subscription_contexts import (
    ConfirmView,
    JoinView,
    LeaveView,
    NoteView,
    SubscriptionPageView,
)
from publisher.render.templating.environment import Templates

#: What the interface's languages call themselves.
_NAMES = {"en": "English", "zh-Hans": "中文"}


@dataclass(frozen=True, slots=True)
class WrittenNote:
    """A mail to one person, in words."""

    subject: str
    text: str
    html: str


class SubscriptionPages:
    """Renders these templates in one interface language; `url` is the server's address."""

    def __init__(
        self, newsletter: Newsletter, zone: ZoneInfo, templates: Templates, url: str, sender: str
    ) -> None:
        self._interface = words(newsletter.interface_language)
        self._newsletter = Views(
            newsletter, zone, self._interface, f"{url}subscribe"
        ).newsletter_view()
        self._templates = templates
        #: The path of the server's root, `/` mostly: these pages are at more than one depth.
        self._root = urlsplit(url).path
        self._sender = sender
        own = newsletter.interface_language
        self._other = next(language for language in i18n.languages() if language != own)

    def join(self, view: JoinView) -> str:
        """Return the page with the sign-up form. Raises TemplateError."""
        title = self._interface.gettext("Subscribe by e-mail")
        return self._page("subscribe.html", title, switch=True, join=view)

    def confirm(self, view: ConfirmView) -> str:
        """Return the page that a confirmation mail leads to. Raises TemplateError."""
        title = self._interface.gettext("Confirm your subscription")
        return self._page("confirm.html", title, switch=view.state == "open", confirm=view)

    def leave(self, view: LeaveView) -> str:
        """Return the page to unsubscribe and to set preferences. Raises TemplateError."""
        title = self._interface.gettext("Your subscription")
        # Only these can be opened again at the same address.
        switch = view.state in ("open", "left", "gone")
        return self._page("subscription.html", title, switch=switch, leave=view)

    def note(self, url: str, *, known: bool) -> WrittenNote:
        """Return the mail to somebody who used the sign-up form; `known` if they are subscribed.

        Raises TemplateError.
        """
        view = NoteView(known=known, url=url, sender=self._sender)
        subject = (
            self._interface.gettext("Your subscription to %(title)s")
            if known
            else self._interface.gettext("Confirm your subscription to %(title)s")
        )
        context = {"newsletter": self._newsletter, "note": view}
        return WrittenNote(
            subject=subject % {"title": self._newsletter.title},
            text=self._templates.render("note.txt", **context),
            html=mail_html(self._templates, "note.mjml", **context),
        )

    def _page(self, template: str, title: str, *, switch: bool, **views: object) -> str:
        view = SubscriptionPageView(
            other_href=f"?lang={self._other}" if switch else None,
            other_lang=self._other,
            other_name=_NAMES.get(self._other, self._other),
        )
        page = PageView(
            root=self._root,
            url="",  # they are in no index, and their addresses are their readers' own
            title=f"{title} · {self._newsletter.title}",
            description="",
        )
        return self._templates.render(
            template, newsletter=self._newsletter, page=page, subscription_page=view, **views
        )
