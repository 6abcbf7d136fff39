"""Measure the English term lists on labelled posts: precision and recall, train and valid apart.

Reads `posts/train.jsonl` and `posts/valid.jsonl` of a data folder: one post per line with `text`
and `raw_labels`. Posts alike in normal form count once. Precision and recall stand with their
95 % Wilson intervals. The posts' labels are in part doubtful, and the posts are English: of the
Chinese terms this says nothing.

    python benchmarks/posts.py --data FOLDER [--rulebook NAME] [--show misses|alarms] [--json]
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vermilion.language.terms import Terms, normalise
from vermilion.rulebook import find_rulebook, load_rulebook

SPLITS = ("train", "valid")
TOPIC = "topic_crypto"

PROMOTION = frozenset(
    {"promo", "affiliate", "lead_gen", "engagement_bait", "follow_train", "giveaway"}
)
FRAUD = frozenset(
    {
        "scam",
        "phishing",
        "malware",
        "impersonation",
        "fake_support",
        "recovery_scam",
        "job_scam",
        "romance_scam",
        "account_compromise",
    }
)
SPAM = frozenset({"spam", "reply_spam", "dm_spam", "bot"})
Post = dict[str, Any]


@dataclass(frozen=True)
class Target:
    """A question to the lists: which of them should find which labels, among which posts."""

    name: str
    lists: tuple[str, ...]
    labels: frozenset[str]
    crypto_only: bool


_PROMOTING = ("coin_promotion", "return_promises", "secondary_trade")
TARGETS = (
    Target("promotion, own labels", _PROMOTING, PROMOTION, crypto_only=True),
    Target("promotion, fraud, spam", _PROMOTING, PROMOTION | FRAUD | SPAM, crypto_only=True),
    Target("lures, fraud and giveaways", ("scam_lures",), FRAUD | {"giveaway"}, crypto_only=False),
    Target(
        "lures, promotion, fraud, spam",
        ("scam_lures",),
        PROMOTION | FRAUD | SPAM,
        crypto_only=False,
    ),
    Target(
        "all lists, promotion, fraud, spam",
        (*_PROMOTING, "scam_lures"),
        PROMOTION | FRAUD | SPAM,
        crypto_only=True,
    ),
)


@dataclass(frozen=True)
class Counts:
    """How many posts were found rightly, found wrongly, missed, and rightly left."""

    hits: int
    alarms: int
    misses: int
    left: int

    def row(self) -> dict[str, Any]:
        """Return the counts with precision and recall."""
        return {
            "posts": self.hits + self.alarms + self.misses + self.left,
            "hits": self.hits,
            "false alarms": self.alarms,
            "misses": self.misses,
            "precision": wilson(self.hits, self.hits + self.alarms),
            "recall": wilson(self.hits, self.hits + self.misses),
        }


def wilson(part: int, whole: int) -> tuple[float, float, float]:
    """Return a share with the bounds of its 95 % Wilson interval; of nothing, 0 to 1."""
    if not whole:
        return 0.0, 0.0, 1.0
    z, share = 1.959964, part / whole
    middle = share + z * z / (2 * whole)
    half = z * math.sqrt(share * (1 - share) / whole + z * z / (4 * whole * whole))
    scale = 1 + z * z / whole
    return share, max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)


def read_posts(path: Path) -> list[Post]:
    """Read the posts of a file, of those alike in normal form the first."""
    with path.open(encoding="utf-8") as file:
        posts = [json.loads(line) for line in file]
    firsts: dict[str, Post] = {}
    for post in posts:
        firsts.setdefault(normalise(post["text"]).strip(), post)
    return list(firsts.values())


def read_terms(rulebook: str) -> dict[str, Terms]:
    """Return the term lists of a rulebook that targets name, each made ready."""
    lists = load_rulebook(find_rulebook(rulebook)).document.lists
    named = {name for target in TARGETS for name in target.lists}
    return {name: Terms(lists[name].values, lists[name].exceptions) for name in sorted(named)}


def judged(
    target: Target, terms: dict[str, Terms], posts: Sequence[Post]
) -> list[tuple[Post, bool, bool]]:
    """Tell of each post whether the lists find it, and whether its labels say that they should."""
    among = [post for post in posts if not target.crypto_only or TOPIC in post["raw_labels"]]
    return [
        (
            post,
            any(terms[name].matches(post["text"]) for name in target.lists),
            not target.labels.isdisjoint(post["raw_labels"]),
        )
        for post in among
    ]


def counts(target: Target, terms: dict[str, Terms], posts: Sequence[Post]) -> Counts:
    """Count a target's outcomes over posts."""
    outcomes = [(found, wanted) for _, found, wanted in judged(target, terms, posts)]
    pairs = ((True, True), (True, False), (False, True), (False, False))
    return Counts(*(outcomes.count(pair) for pair in pairs))


def show(which: str, target: Target, terms: dict[str, Terms], posts: Sequence[Post]) -> None:
    """Print a fixed random sample of the misses or false alarms, with what was found."""
    wanted = which == "misses"
    chosen = [
        p for p, found, want in judged(target, terms, posts) if found != want and want == wanted
    ]
    sample = random.Random(0).sample(chosen, min(50 if wanted else 30, len(chosen)))
    for post in sample:
        found = [term for name in target.lists for term in terms[name].found(post["text"])]
        print(post["n"], found, post["raw_labels"], " / ".join(post["text"].split("\n"))[:300])


def table(results: dict[str, dict[str, dict[str, Any]]]) -> str:
    """Lay the results out as a table of text."""
    lines = [
        f"{'target':36}{'split':7}{'posts':>6}{'hits':>6}{'false':>6}{'missed':>7}   precision            recall"
    ]
    for name, splits in results.items():
        for split, row in splits.items():
            shares = "   ".join(
                "{:4.2f} ({:4.2f}-{:4.2f})".format(*row[k]) for k in ("precision", "recall")
            )
            lines.append(
                f"{name:36}{split:7}{row['posts']:6}{row['hits']:6}{row['false alarms']:6}{row['misses']:7}   {shares}"
            )
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the measurement."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--rulebook", default="cn", metavar="NAME")
    parser.add_argument("--splits", nargs="+", choices=SPLITS, default=SPLITS)
    parser.add_argument("--show", choices=("misses", "alarms"), help="a sample of train, to read")
    parser.add_argument(
        "--target", type=int, choices=range(len(TARGETS)), default=0, help="for --show"
    )
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    terms = read_terms(options.rulebook)
    folder = options.data / "posts"
    if options.show:
        show(options.show, TARGETS[options.target], terms, read_posts(folder / "train.jsonl"))
        return 0
    posts = {split: read_posts(folder / f"{split}.jsonl") for split in options.splits}
    results = {
        target.name: {split: counts(target, terms, posts[split]).row() for split in options.splits}
        for target in TARGETS
    }
    print(json.dumps(results, indent=1) if options.json else table(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
