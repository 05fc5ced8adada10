"""GS1 Digital Link URIs and the house's own `/P/` form (floor 0)."""

from ocop.trace.gs1.errors import LinkError
from ocop.trace.gs1.identifier import Identifier, identifier, item_serial, new_product_code, product_code

__all__ = ["Identifier", "LinkError", "identifier", "item_serial", "new_product_code", "product_code"]
