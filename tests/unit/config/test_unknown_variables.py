"""Variables that look like settings and are none."""

from publisher.config import keys, unknown_variables


def test_a_setting_is_known() -> None:
    """Every setting's variable, and the one that names a secret's file."""
    known = {key.variable: "" for key in keys()} | {"PUBLISHER_MAIL_RELAY_FILE": ""}
    assert unknown_variables(known) == {}


def test_a_mistyped_one_is_not() -> None:
    """The nearest setting is named with it."""
    assert unknown_variables({"PUBLISHER_MAIL_RELY": "x", "PUBLISHER_NEWSLETTER_TITEL": "y"}) == {
        "PUBLISHER_MAIL_RELY": "PUBLISHER_MAIL_RELAY",
        "PUBLISHER_NEWSLETTER_TITEL": "PUBLISHER_NEWSLETTER_TITLE",
    }


def test_a_plain_setting_has_no_file() -> None:
    """Only secrets are read from files."""
    assert unknown_variables({"PUBLISHER_MAIL_HELLO_FILE": "x"}) == {
        "PUBLISHER_MAIL_HELLO_FILE": "PUBLISHER_MAIL_HELLO"
    }


def test_one_that_is_near_to_none() -> None:
    """It is named without another."""
    assert unknown_variables({"PUBLISHER_HOUSE": "x"}) == {"PUBLISHER_HOUSE": ""}


def test_others_variables_are_not_ours() -> None:
    """Only those that begin as settings do."""
    assert unknown_variables({"_PUBLISHER_COMPLETE": "x", "PATH": "y", "publisher_x": "z"}) == {}
