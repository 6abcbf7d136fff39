"""Identity numbers: what kind they are, whether they can be real, and what they say; facts only.

A number itself goes no further than this package: what leaves it are facts about it and a keyed
digest that stands for whoever bears it.
"""

from vermilion.identity.chinese import OLDEST_BIRTH, REGIONS, chinese_id
from vermilion.identity.companies import lei, social_credit_code
from vermilion.identity.keyed import identity_of, identity_secret, make_secret, read_secret
from vermilion.identity.model import Number, NumberKind, Problem
from vermilion.identity.numbers import OTHERS, age_on, read_number
from vermilion.identity.secret_file import make_secret_file

__all__ = [
    "OLDEST_BIRTH",
    "OTHERS",
    "REGIONS",
    "Number",
    "NumberKind",
    "Problem",
    "age_on",
    "chinese_id",
    "identity_of",
    "identity_secret",
    "lei",
    "make_secret",
    "make_secret_file",
    "read_number",
    "read_secret",
    "social_credit_code",
]
