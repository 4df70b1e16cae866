"""Print what spam filters make of the mails: `make spam-scores`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from statistics import mean

from tests.judges.generated import GENERATED
from tests.judges.mails import outgoing
from tests.judges.rspamd import rspamd
from tests.judges.spam import spamassassin
from tests.judges.specimens import SEEDS


def main() -> None:
    """Print a table: the mean and the highest score of each filter, of each kind of mails."""
    write = sys.stdout.write
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "news").mkdir()
        with (
            outgoing(folder / "news") as news,
            rspamd(news.zone) as first,
            spamassassin(folder) as second,
        ):
            issues = news.mails()
            samples = {path.name.partition("_")[0] for path in SEEDS.glob("*.txt")}
            kinds = {
                "the samples": [issues[slug] for slug in sorted(samples)],
                "difficult issues": [issues[slug] for slug in issues.keys() - samples],
                "generated issues": list(filter(None, map(news.mail, GENERATED.values()))),
            }
            write("| mails | how many | rspamd: mean | max | SpamAssassin: mean | max |\n")
            write("|---|---|---|---|---|---|\n")
            for kind, mails in kinds.items():
                cells = [kind, str(len(mails))]
                for judge in (first, second):
                    scores = [judge.judged(mail).score for mail in mails]
                    cells += [f"{mean(scores):.2f}", f"{max(scores):.2f}"]
                write(f"| {' | '.join(cells)} |\n")


if __name__ == "__main__":
    main()
