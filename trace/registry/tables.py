"""The tables, one class a row, all under one metadata (floor 2).

    tables_base.py       the base class and its metadata
    tables_catalogue.py  places, producers, products, certificates, stories, pictures
    tables_issue.py      issuers, keys, the ledger, acts, batches and their exceptions, print runs
    tables_batches.py    what print runs were made for, links for a print shop
    tables_chips.py      chips and their bindings, stations, plans, dialogues
    tables_people.py     people, what opens their doors, the log of what was done
    tables_stories.py    what makers write and have not published
    tables_makers.py     hand-overs, closings, wishes to close
    tables_public.py     lists that are being imported, numbers of reports
    tables_rights.py     what people ask about the data that is kept on them, what was erased
    tables_scans.py      what was really scanned, thanked and reported

No table has a row per item: a batch row with its range is enough to judge 10 or 900,000 items
(signatures are deterministic and serials are a range). No table has a column for a full IP address or for
anything that would recognise a visitor. Every class here is a plain record; what may be written and what a
row means to the product is said by the modules that read it (`catalogue`, `batches`, `scans` …).
"""

from ocop.trace.registry.tables_base import METADATA, Row
from ocop.trace.registry.tables_batches import PrinterShift, PrintPurpose, ShopLink
from ocop.trace.registry.tables_catalogue import (
    AdminUnit,
    Certificate,
    Consent,
    Decision,
    LegalId,
    Photo,
    Producer,
    Product,
    ProductKey,
    ProductStandard,
    ProductText,
    RecognitionSign,
    Story,
    StoryStep,
    Voice,
)
from ocop.trace.registry.tables_chips import (
    Chip,
    ChipDialogue,
    DialogueAnswer,
    ProvisioningPlan,
    ReceiptKey,
    Station,
)
from ocop.trace.registry.tables_issue import (
    Act,
    Batch,
    BatchEvent,
    IdentifierAssignment,
    Issuer,
    LedgerEntry,
    Meta,
    PrintRange,
    PrintRun,
    Recall,
    SerialRange,
    SigningKey,
)
from ocop.trace.registry.tables_makers import ClosingWish, HandOver, ProducerClosing
from ocop.trace.registry.tables_office import (
    BatchHold,
    DecisionDocument,
    DecisionLine,
    ExpiryNotice,
    Quota,
    ReportStep,
    StoryReading,
)
from ocop.trace.registry.tables_people import (
    AuditEntry,
    Ceremony,
    Credential,
    HelpConsent,
    Invitation,
    Person,
    Recovery,
    RecoveryCode,
    RoleGrant,
    RoomSession,
    Tried,
)
from ocop.trace.registry.tables_public import ImportDraft, ReportFollow, ReportPrivate
from ocop.trace.registry.tables_rights import DataRequest, DataRequestStep, Erasure
from ocop.trace.registry.tables_scans import ItemSighting, Report, Scan, ScanMonth, SightingKey, Thanks
from ocop.trace.registry.tables_stories import StoryAside, StoryDraft, Upload

__all__ = [
    "METADATA",
    "Act",
    "AdminUnit",
    "AuditEntry",
    "Batch",
    "BatchEvent",
    "BatchHold",
    "Ceremony",
    "Certificate",
    "Chip",
    "ChipDialogue",
    "ClosingWish",
    "Consent",
    "Credential",
    "DataRequest",
    "DataRequestStep",
    "Decision",
    "DecisionDocument",
    "DecisionLine",
    "DialogueAnswer",
    "Erasure",
    "ExpiryNotice",
    "HandOver",
    "HelpConsent",
    "IdentifierAssignment",
    "ImportDraft",
    "Invitation",
    "Issuer",
    "ItemSighting",
    "LedgerEntry",
    "LegalId",
    "Meta",
    "Person",
    "Photo",
    "PrintPurpose",
    "PrintRange",
    "PrintRun",
    "PrinterShift",
    "Producer",
    "ProducerClosing",
    "Product",
    "ProductKey",
    "ProductStandard",
    "ProductText",
    "ProvisioningPlan",
    "Quota",
    "Recall",
    "ReceiptKey",
    "RecognitionSign",
    "Recovery",
    "RecoveryCode",
    "Report",
    "ReportFollow",
    "ReportPrivate",
    "ReportStep",
    "RoleGrant",
    "RoomSession",
    "Row",
    "Scan",
    "ScanMonth",
    "SerialRange",
    "ShopLink",
    "SightingKey",
    "SigningKey",
    "Station",
    "Story",
    "StoryAside",
    "StoryDraft",
    "StoryReading",
    "StoryStep",
    "Thanks",
    "Tried",
    "Upload",
    "Voice",
]
