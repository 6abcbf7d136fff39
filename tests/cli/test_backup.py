"""`vermilion backup` and `vermilion restore`: what they print, and how they end."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from vermilion.cli.backup import command as backup
from vermilion.cli.restore import command as restore
from vermilion.desk.book import make_book
from vermilion.desk.setup import starting_files

from .samples import market_file, printed, run


def call(command: object, *arguments: object) -> Result:
    """Run a command in this process; an error is raised.

    Click keeps a command's help option from its first call, so that it is called as by the group.
    """
    return CliRunner().invoke(
        command,
        [str(one) for one in arguments],
        catch_exceptions=False,
        help_option_names=["-h", "--help"],
    )


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a book with a small market in it; nobody changes it."""
    folder = tmp_path_factory.mktemp("market")
    run("check", market_file(folder / "f", events=100), "--book", folder / "b")
    return folder / "b"


class TestBackup:
    """What a backup says of itself."""

    def test_for_people(self, market: Path, tmp_path: Path) -> None:
        """One line on stdout; on stderr who can read it, and that erased keys live on."""
        result = call(backup, market, "-o", tmp_path / "b.tar.zst")
        assert result.exit_code == 0
        assert result.stdout.splitlines() == [
            f"record, configuration and keys up to entry 101: {tmp_path / 'b.tar.zst'}"
        ]
        assert "who has this backup reads everything" in result.stderr
        assert "stay in this backup until it is destroyed" in result.stderr

    def test_for_programs(self, market: Path, tmp_path: Path) -> None:
        """One object, with the signed checkpoint to keep elsewhere."""
        found = printed(call(backup, market, "-o", tmp_path / "b", "--json"))
        assert set(found) == {"entries", "checkpoint", "record", "keys", "kek", "bytes"}
        assert found["checkpoint"].splitlines()[1] == str(found["entries"]) == "101"

    def test_without_keys_it_says_what_cannot_be_read(self, market: Path, tmp_path: Path) -> None:
        """What is lost without keys is told when the choice is made."""
        result = call(backup, market, "-o", tmp_path / "b", "--without-keys")
        assert "parties, free text, what decisions rest on and attachments cannot" in result.stderr
        assert not (tmp_path / "b" / "book" / "keys").exists()

    def test_keys_alone(self, market: Path, tmp_path: Path) -> None:
        """The other half of a backup without keys."""
        result = call(backup, market, "-o", tmp_path / "b", "--only-keys")
        assert result.stdout.startswith("keys of the record up to entry 101")
        assert not (tmp_path / "b" / "book" / "record").exists()

    def test_neither_half_is_wrong_use(self, market: Path, tmp_path: Path) -> None:
        """Two options that leave nothing exclude each other."""
        result = call(backup, market, "-o", tmp_path / "b", "--without-keys", "--only-keys")
        assert result.exit_code == 2
        assert not (tmp_path / "b").exists()


class TestRestore:
    """What a restore says."""

    def test_drill(self, market: Path, tmp_path: Path) -> None:
        """A rehearsal tells how far the backup reaches, and leaves nothing behind."""
        call(backup, market, "-o", tmp_path / "b.tar.zst")
        result = call(restore, tmp_path / "b.tar.zst", "--drill")
        assert result.stdout.startswith("101 entries verified, as of ")
        assert result.stderr == ""
        assert [path.name for path in tmp_path.iterdir()] == ["b.tar.zst"]

    def test_lag_is_said(self, tmp_path: Path) -> None:
        """With a later checkpoint the number of lacking entries is told."""
        make_book(tmp_path / "book", starting_files())
        call(backup, tmp_path / "book", "-o", tmp_path / "early")
        run("check", market_file(tmp_path / "f", events=50), "--book", tmp_path / "book")
        late = printed(call(backup, tmp_path / "book", "-o", tmp_path / "late", "--json"))
        (tmp_path / "note").write_text(late["checkpoint"], encoding="utf-8")
        options = ("--drill", "--checkpoint", tmp_path / "note")
        result = call(restore, tmp_path / "early", *options)
        number = late["entries"]
        assert result.stdout.splitlines()[1] == (
            f"it lags: the checkpoint is of {number} entries, {number} of which are not in it"
        )
        found = printed(call(restore, tmp_path / "late", *options, "--json"))
        assert (found["checkpoint"], found["entries"]) == ("same", number)

    def test_next_steps_are_said(self, tmp_path: Path) -> None:
        """A book that takes a lost one's place comes with what is left to do."""
        make_book(tmp_path / "book", starting_files())
        call(backup, tmp_path / "book", "-o", tmp_path / "b")
        (tmp_path / "book").rename(tmp_path / "lost")
        result = call(restore, tmp_path / "b", tmp_path / "book")
        assert "two that go on write two histories" in result.stderr
        assert "erase again whoever was erased since" in result.stderr
        assert run("record", "verify", "--book", tmp_path / "book").exit_code == 0

    @pytest.mark.parametrize("arguments", [[], ["book", "--drill"]])
    def test_a_place_or_a_drill(self, tmp_path: Path, arguments: list[str]) -> None:
        """Neither or both is wrong use."""
        (tmp_path / "b").mkdir()
        assert call(restore, tmp_path / "b", *arguments).exit_code == 2
