"""The openspf.org test suite for RFC 7208 as an oracle for our check.

tests/data/spf has it as pyspf 2.0.14 from PyPI ships it, with its licence (BSD, three clauses).
"""

import ipaddress
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from publisher.doctor.dns import Answer, Ask, Status
from publisher.doctor.spf_eval import check_sender
from tests.support.dns_server import Zone, facts

SUITE = Path(__file__).parents[2] / "data" / "spf" / "rfc7208-tests.yml"
#: Tests that we do not pass, and why.
DEVIATIONS = {"p-macro-multiple": "RFC 7208 7.3 advises against %{p}; for us it is `unknown`"}


def records(rows: list[Any]) -> Iterator[tuple[str, Any]]:
    """Yield the records of one name; `SPF` means TXT, unless the name has a TXT of its own."""
    kinds = {kind for row in rows if isinstance(row, Mapping) for kind in row}
    for row in rows:
        if row == "TIMEOUT":
            yield from ((kind, row) for kind in ("TXT", "A", "AAAA", "MX", "PTR"))
            continue
        for kind, value in row.items():
            if kind != "SPF":
                yield kind, value
            elif "TXT" not in kinds:
                yield "TXT", value


def as_zone_file(kind: str, value: Any) -> str:
    """Return a value as DNS answers it."""
    if kind == "MX":
        return f"{value[0]} {value[1].lower()}."
    if kind == "AAAA":
        return str(ipaddress.ip_address(value))
    return "".join(value) if kind == "TXT" else value.lower()


def zone_of(data: Mapping[str, list[Any]]) -> Zone:
    """Return the records of one scenario."""
    zone: dict[tuple[str, str], list[str] | Status] = {}
    for name, rows in data.items():
        for kind, value in records(rows):
            key = (name.lower().removesuffix("."), kind)
            if value == "TIMEOUT":  # for what was not named before it
                zone[key] = zone.get(key) or Status.late
            elif value == "NONE":
                zone.setdefault(key, [])
            else:
                values = zone.setdefault(key, [])
                assert isinstance(values, list)
                values.append(as_zone_file(kind, value))
    return zone


def resolver(zone: Zone) -> Ask:
    """Return what a resolver answers: it follows a CNAME, and has no answer for `error.`."""
    answered = facts(zone)

    def ask(name: str, kind: str) -> Answer:
        name = name.lower().removesuffix(".")
        alias = zone.get((name, "CNAME"))
        if isinstance(alias, list):
            return ask(alias[0], kind)
        answer = answered(name, kind)
        if answer.status is Status.no_name and name.startswith("error."):
            return Answer(Status.late)
        return answer if answer.values or answer.unknown else Answer(Status.no_record)

    return ask


def cases() -> Iterator[Any]:
    """Yield the tests of all scenarios."""
    for scenario in yaml.safe_load_all(SUITE.read_text(encoding="utf-8")):
        zone = zone_of(scenario["zonedata"])
        for name, test in scenario["tests"].items():
            marks = [pytest.mark.xfail(reason=DEVIATIONS[name])] if name in DEVIATIONS else []
            yield pytest.param(zone, test, id=name, marks=marks)


@pytest.mark.parametrize(("zone", "test"), list(cases()))
def test_result_is_that_of_the_suite(zone: Zone, test: Mapping[str, Any]) -> None:
    """A check has a result that the suite allows."""
    sender = test["mailfrom"] or f"postmaster@{test['helo']}"
    address = ipaddress.ip_address(test["host"])
    verdict = check_sender(resolver(zone), address, sender=sender, host=test["helo"])
    allowed = test["result"]
    assert verdict.result.value in ([allowed] if isinstance(allowed, str) else allowed), verdict.why
