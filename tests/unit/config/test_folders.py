"""Where digests are, and where the site goes."""

from pathlib import Path

import pytest

from publisher.config import Settings, load
from publisher.errors import SettingsError


def loaded(folder: Path, digests: str, output: str) -> Settings:
    """Load settings with these two folders."""
    text = f'[digests]\ndir = "{digests}"\n[output]\ndir = "{output}"\n'
    (folder / "publisher.toml").write_text(text, encoding="utf-8")
    return load(folder, {})


def test_folders_are_below_the_newsletters(tmp_path: Path) -> None:
    """A relative folder is below the newsletter's, an absolute one and ~ are taken as they are."""
    settings = loaded(tmp_path, "in/txt", "/srv/out")
    assert (tmp_path.resolve() / "in/txt", Path("/srv/out")) == (
        settings.digests.dir, settings.output.dir
    )  # fmt: skip


@pytest.mark.parametrize(
    ("digests", "output"),
    [("seeds", "."), ("seeds", ".."), ("seeds", "out/.."), ("in", "in"), ("in/txt", "in")],
)
def test_what_is_shown_holds_neither_settings_nor_digests(
    tmp_path: Path, digests: str, output: str
) -> None:
    """All in output.dir is shown to the world: passwords and drafts are not to be among it."""
    with pytest.raises(SettingsError) as caught:
        loaded(tmp_path, digests, output)
    assert "must not contain the settings or the digests: everything in it is published" in str(
        caught.value
    )


@pytest.mark.parametrize("output", ["out", "public/site", "seeds-out", "../out"])
def test_a_folder_of_its_own(tmp_path: Path, output: str) -> None:
    """Any other folder will do."""
    assert tmp_path / output == loaded(tmp_path, "seeds", output).output.dir
