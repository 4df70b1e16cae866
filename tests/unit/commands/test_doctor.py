"""What `doctor` says of the files that secrets are read from."""

from pathlib import Path

from publisher.commands.doctor import Level, find_exposed_files
from publisher.config import secret_files

_VARIABLE = "PUBLISHER_WEB_SECRET"


def test_which_files(tmp_path: Path) -> None:
    """Those that variables name for secrets, unless the secret itself is in the environment."""
    named = {f"{_VARIABLE}_FILE": str(tmp_path / "secret"), "PUBLISHER_MAIL_CA_FILE": "ca.pem"}
    assert {f"{_VARIABLE}_FILE": tmp_path / "secret"} == secret_files(named)
    assert {} == secret_files({**named, _VARIABLE: "a secret of the environment"})


def test_a_secret_that_all_can_read(tmp_path: Path) -> None:
    """A file that every user can read is advised against; one for a group is not, nor one gone."""
    files = {mode: tmp_path / mode for mode in ("644", "640", "600")}
    for mode, file in files.items():
        file.touch()
        file.chmod(int(mode, 8))
    (found,) = find_exposed_files({**files, "gone": tmp_path / "gone"})
    assert found.level is Level.advice
    assert f"the secret in {files['644']} (644)" in found.what
    assert f"chmod 600 {files['644']}" in found.do
