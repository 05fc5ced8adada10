"""The vocabulary of the verdict: every answer, reason and fact by its id (floor 1).

The ids are part of the API and of the phrase catalogues, so they never change their meaning; see
`ocop.trace.verdict` for when each is given.
"""

from enum import StrEnum


class CodeAnswer(StrEnum):
    """Answer 1, in the order of precedence."""

    CANNOT_SAY = "cannot_say"
    NOT_ISSUED = "not_issued"
    RECALLED = "recalled"
    WITHDRAWN = "withdrawn"
    KEY_WITHDRAWN = "key_withdrawn"
    NOT_RELEASED = "not_released"
    COPIED_CHIP = "copied_chip"
    ALREADY_USED = "already_used"
    CODE_ISSUED_OFTEN = "code_issued_often"
    CHIP_ANSWERED = "chip_answered"
    CHIP_KNOWN = "chip_known"
    CHIP_SILENT = "chip_silent"
    CODE_ISSUED = "code_issued"
    NO_CODE = "no_code"


class ThingAnswer(StrEnum):
    """Answer 2: how much of the product the page may lay beside the thing in the reader's hand."""

    SHOWN = "shown"  # the code holds: "this is the code of box 12", photo, signs to compare
    INTRODUCED = "introduced"  # no code was checked: the product is introduced, no thing is judged
    ONLY_NAME_IN_REGISTER = "only_name_in_register"  # at most "the product that has this number"
    NOTHING = "nothing"  # the identifier names nothing that we know


class StarAnswer(StrEnum):
    """Answer 3: the star of the product today."""

    VALID = "valid"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    SUSPENDED = "suspended"
    POTENTIAL = "potential"
    NONE = "none"
    NOT_SHOWN = "not_shown"
    CANNOT_SAY = "cannot_say"


class Reason(StrEnum):
    """Why an answer is what it is. Ids of the API and of phrases; no reason is a sentence."""

    OUR_FAULT = "our_fault"
    LIST_TOO_OLD = "list_too_old"
    FOREIGN_HOST = "foreign_host"
    KEY_UNKNOWN_AFTER_RESTORE = "key_unknown_after_restore"
    CHIP_NOT_REGISTERED = "chip_not_registered"
    SIGNED_BUT_UNKNOWN = "signed_but_unknown"
    TAP_NOT_SPENT = "tap_not_spent"
    MALFORMED = "malformed"
    KEY_NEVER_GIVEN = "key_never_given"
    SIGNATURE_FALSE = "signature_false"
    MAC_FALSE = "mac_false"
    NOT_IN_BATCH = "not_in_batch"
    CHIP_REPLACED = "chip_replaced"
    BATCH_CANCELLED = "batch_cancelled"
    CODE_CANCELLED = "code_cancelled"
    TAPPED_JUST_NOW = "tapped_just_now"
    TAP_TIME_UNKNOWN = "tap_time_unknown"
    TAP_FLOOR_UNKNOWN = "tap_floor_unknown"
    SCANNED_OFTEN = "scanned_often"
    CHIP_EXPECTED = "chip_expected"
    VALID_WHEN_MADE = "valid_when_made"
    NOT_VALID_WHEN_MADE = "not_valid_when_made"
    NOT_YET_IN_FORCE = "not_yet_in_force"
    POTENTIAL_AIMED_AT = "potential_aimed_at"
    OTHER_PRODUCT_CERTIFIED = "other_product_certified"


class Tap(StrEnum):
    """What the data that a SUN chip adds to its link showed, after its MAC was checked."""

    NONE = "none"
    FALSE_MAC = "false_mac"
    UNSPENT = "unspent"  # the MAC is right, nobody may count here (the API)
    FRESH = "fresh"  # the MAC is right, the counter has risen and is now spent
    USED = "used"  # the MAC is right, the counter was spent before
    RECEIPT = "receipt"  # no tap data, but our receipt of a fresh tap
    FLOOR_UNKNOWN = "floor_unknown"  # the MAC is right, the last counter was lost with a restore


class Fact(StrEnum):
    """What a verdict may make a reader believe of the thing in their hand. See `asserts`."""

    ISSUED = "issued"
    RELEASED = "released"
    BOUND = "bound"
    FRESH = "fresh"
    DESCRIBED = "described"
    STAR_IN_FORCE = "star_in_force"
