"""Looking at a mail before anyone gets it: previews and test copies."""

from __future__ import annotations

import email
import email.policy
import mailbox
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import dkim
import pytest
from starlette.testclient import TestClient

from publisher.app import App
from publisher.commands.preview import list_slugs
from publisher.doctor.keygen import make_keys
from publisher.errors import AddressError, NotFoundError
from publisher.mail.dkim import Kind
from publisher.mail.transport import Outcome, Reply
from publisher.storage import deliveries
from publisher.storage.database import Database
from publisher.web.preview import EXPLAINED, app
from tests.support.scripted_relay import Play, Rule, misbehaving, says

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
SEEDS = Path(__file__).parents[3] / "seeds"


@pytest.fixture
def project(tmp_path: Path) -> App:
    """Return a newsletter with two of the seeds."""
    (tmp_path / "publisher.toml").write_text('[newsletter]\ntitle = "Papers"\n')
    (tmp_path / "seeds").mkdir()
    for seed in sorted(SEEDS.iterdir())[:2]:
        shutil.copy(seed, tmp_path / "seeds")
    return App(tmp_path)


@pytest.fixture
def database(project: App) -> Iterator[Database]:
    """Yield its state."""
    with project.database() as found:
        yield found


def test_every_digest_can_be_looked_at(project: App) -> None:
    """Issues are offered by their slugs, published or not."""
    expected = ["000", "001"]
    assert expected == list_slugs(project.settings)


def test_a_preview_shows_the_mail_of_an_unpublished_issue(project: App, database: Database) -> None:
    """The mail is made as it would leave now."""
    found = project.mail_as_it_would_leave(database, "001", NOW)
    headers = dict(found.headers)
    assert found.subject == headers["Subject"]
    assert found.preheader in found.html
    assert "Fri, 20 Nov 2026 08:00:00 +0000" == headers["Date"]
    assert "FunAudioLLM" in found.html
    assert "FunAudioLLM" in found.text
    expected = {"stray-paragraph"}
    assert expected == {each.code for each in found.diagnostics}


def test_every_header_of_a_mail_is_explained(project: App, database: Database) -> None:
    """No header stands there without a word on what it is for."""
    found = project.mail_as_it_would_leave(database, "000", NOW)
    assert set() == {name for name, _ in found.headers} - EXPLAINED.keys()


def test_the_source_is_signed_as_the_mail_will_be(project: App, database: Database) -> None:
    """With keys set, the source has their signatures on top, and they hold."""
    folder = project.settings.project
    made = make_keys(folder / "dkim", "example.org", {"e": Kind.ed25519})
    (folder / "publisher.toml").write_text(
        f'[mail]\nfrom = "N <n@example.org>"\n{made.setting(folder)}\n'
    )
    found = App(folder).mail_as_it_would_leave(database, "001", NOW)
    assert "DKIM-Signature" == found.headers[0][0]
    published = made.records[0].value.encode()
    assert dkim.DKIM(found.message).verify(dnsfunc=lambda *_, **__: published)


def test_headers_are_shown_as_readers_see_them(project: App, database: Database) -> None:
    """A name that takes several encoded-words, and folds, is shown as one."""
    name = "论文速递，每周一次，读给每一位爱读论文的人" * 2
    toml = project.settings.project / "publisher.toml"
    toml.write_text(f'{toml.read_text()}[mail]\nfrom = "{name} <a@example.org>"\n')
    project = App(project.settings.project)
    found = dict(project.mail_as_it_would_leave(database, "000", NOW).headers)
    assert f"{name} <a@example.org>" == found["From"]


def test_a_preview_of_nothing_names_what_there_is(project: App, database: Database) -> None:
    """An unknown issue is an error that names the known ones."""
    with pytest.raises(NotFoundError, match="the last are: 000, 001"):
        project.mail_as_it_would_leave(database, "777", NOW)


def test_a_test_copy_goes_to_one_address_and_not_into_the_ledger(
    project: App, database: Database
) -> None:
    """A test copy is one message, marked as such; nothing is planned."""
    ((place, reply),) = project.test_send(database, "001", "me@example.org", NOW)
    assert isinstance(reply, Reply)
    assert ("outbox", Outcome.accepted) == (place, reply.outcome)
    outbox = mailbox.Maildir(project.settings.project / ".publisher" / "outbox", create=False)
    (message,) = [
        email.message_from_bytes(each.as_bytes(), policy=email.policy.default) for each in outbox
    ]
    assert str(message["Subject"]).startswith("[test] #001")
    assert message["To"] == "me@example.org"
    with database.read() as connection:
        assert {} == deliveries.counts_by_plan(connection)


def test_a_second_test_copy_is_sent_again(project: App, database: Database) -> None:
    """Each test has a Message-ID of its own, so that it is not taken for the one before."""
    later = NOW.replace(minute=1)
    for moment in (NOW, later):
        list(project.test_send(database, "001", "me@example.org", moment))
    outbox = mailbox.Maildir(project.settings.project / ".publisher" / "outbox", create=False)
    expected = 2
    assert expected == len(outbox)


def test_a_test_copy_needs_an_address(project: App, database: Database) -> None:
    """What is no address is refused before anything is sent."""
    with pytest.raises(AddressError):
        list(project.test_send(database, "001", "nobody", NOW))


def test_a_test_copy_goes_through_each_relay(project: App, database: Database) -> None:
    """Each relay gets a copy as readers get it; one that refuses it keeps none from the others."""
    with misbehaving() as one, misbehaving() as other:
        one.begin(Play([Rule("MAIL", says("553 5.7.1 not your address"))]))
        other.begin(Play())
        (project.settings.project / "publisher.toml").write_text(
            '[mail]\nfrom = "News <news@example.org>"\ntls = "off"\n'
            'bounce_domain = "bounces.example.org"\n'
            f'[[mail.relays]]\nurl = "{one.url}"\n[[mail.relays]]\nurl = "{other.url}"\n'
        )
        project = App(project.settings.project)
        found = dict(project.test_send(database, "001", "me@example.org", NOW))
        heard = other.settled().heard
    refused, accepted = found.values()
    assert "553 5.7.1 not your address" in str(refused)
    assert isinstance(accepted, Reply)
    assert Outcome.accepted is accepted.outcome
    sender = next(line for line in heard if line.startswith("MAIL"))
    assert re.match(r"MAIL FROM:<bounces\+\S+@bounces\.example\.org>", sender)


# --- The pages ----------------------------------------------------------------------------


@pytest.fixture
def client(project: App, database: Database) -> TestClient:
    """Return a browser for the preview pages."""
    served = app(
        load=lambda slug: project.mail_as_it_would_leave(database, slug, NOW),
        slugs=lambda: list_slugs(project.settings),
        watched=[],
        limit=90_000,
        port=8001,
    )
    return TestClient(served, base_url="http://127.0.0.1:8001")


def test_the_first_page_is_the_newest_digest(client: TestClient) -> None:
    """Whoever opens the address sees the mail of the last digest."""
    assert client.get("/").url.path == "/001"


def test_the_page_shows_mail_text_source_headers_size_and_remarks(client: TestClient) -> None:
    """All there is to see is on one page."""
    page = client.get("/001").text
    for expected in (
        'src="/001/mail.html?scheme=light"',
        'src="/001/mail.html?scheme=dark"',
        'width="375"',
        'width="700"',
        "of 90,000 bytes",
        "stray-paragraph",
        "List-Unsubscribe",
        "Content-Transfer-Encoding: base64",
    ):
        assert expected in page


@pytest.mark.parametrize(("scheme", "media"), [("dark", "@media all"), ("light", "@media not all")])
def test_a_frame_has_the_scheme_it_is_asked_for(
    client: TestClient, scheme: str, media: str
) -> None:
    """Light and dark stand side by side, whatever the browser prefers."""
    html = client.get(f"/001/mail.html?scheme={scheme}").text
    assert media in html
    assert "prefers-color-scheme" not in html


def test_the_message_can_be_opened_in_a_mail_program(client: TestClient) -> None:
    """The source is offered as the bytes that would be sent."""
    message = client.get("/001/mail.eml").content
    assert message.startswith(b"From: ")


def test_trouble_is_a_page_and_not_a_traceback(client: TestClient) -> None:
    """An unknown issue gets words and a 404."""
    answer = client.get("/777")
    assert answer.status_code == 404
    assert "no digest makes an issue" in answer.text


@pytest.mark.parametrize("path", ["/001", "/001/mail.eml", "/changes", "/static/preview.js"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example:8001"},
        {"Host": "127.0.0.1.evil.example:8001"},
        {"Host": "localhost"},
        {"Host": "localhost:8002"},
        {"Host": "0.0.0.0:8001"},
        {"Host": ""},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://localhost:8001"},
        {"Origin": "http://localhost:8001.evil.example"},
        {"Origin": "http://localhost:3000"},
    ],
)
def test_other_sites_see_nothing(client: TestClient, path: str, headers: dict[str, str]) -> None:
    """A page of another site learns nothing, also by a name that leads to this machine."""
    answer = client.get(path, headers=headers)
    assert (403, 1) == (answer.status_code, len(answer.text.splitlines()))


def test_two_hosts(client: TestClient) -> None:
    """A request with two hosts is for nobody."""
    answer = client.get("/001", headers=[("Host", "127.0.0.1:8001"), ("Host", "evil.example")])
    assert 403 == answer.status_code


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8001", "localhost:8001", "[::1]:8001", "LOCALHOST:8001"]
)
def test_names_of_this_machine(client: TestClient, host: str) -> None:
    """The preview answers by each name of this machine, and to its own pages."""
    assert 200 == client.get("/001", headers={"Host": host}).status_code
    own = {"Host": host, "Origin": f"http://{host.lower()}"}
    assert 200 == client.get("/static/preview.css", headers=own).status_code
