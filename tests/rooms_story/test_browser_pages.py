"""Every page of the studio's stories with the longest names: on a phone, in the dark, on a desk."""

import pytest
from ocop.trace import storytelling, storytelling_consents, storytelling_facts
from ocop.trace.registry.ledger_store import By as LedgerBy
from ocop.trace.storytelling import By, Told

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
LONG = "Trà xanh ướp hương sen Tây Hồ thượng hạng Hương Vân Trà Nghiêng Nghiêng Khuỷu Thưởng " * 2
GTIN = "09521234543213"


def furnish(house):
    """The longest names everywhere, a version put aside, an English draft, a consent."""
    van, minh = By("Cô Vân", house.now), By("Cháu Minh", house.now)
    told = Told(title=LONG[:200].strip(), answers=(LONG * 5,) + ("",) * 4, steps=(LONG,) + ("",) * 5)
    with house.store.begin() as session:
        product = storytelling_facts.product_of(session, GTIN).product
        values = storytelling_facts.page_values(product, "basics")
        storytelling_facts.save_page(
            session, GTIN, "basics", {**values, "name.vi": LONG.strip()}, seen=storytelling_facts.digest(values),
            by=LedgerBy("Cô Vân", house.now),
        )  # fmt: skip
        storytelling.save_words(session, GTIN, "vi", told, seen=0, by=van)
        storytelling.save_words(session, GTIN, "vi", Told(title="Khác"), seen=0, by=minh)
        storytelling.save_words(session, GTIN, "en", Told(title="Raised with the tea"), seen=0, by=van)
        storytelling_consents.give(
            session, "htx-huong-van-tra", "voice", person=LONG[:150], proof=LONG, at=house.now
        )


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (360, "dark"), (1280, "light")])
def test_the_longest_names_fit_and_every_page_is_open_to_everybody(
    signed_in, house, width, scheme, open_to_everybody
):
    maker = house.person("producer", producer=1, name="Nguyễn Thị Nghiêng Thưởng Khuỷu")
    path = f"/studio/products/{GTIN}"
    furnish(house)
    pages = ("/studio", path, f"{path}/facts/signs", f"{path}/story/vi", f"{path}/story/en", f"{path}/story/sides",
             f"{path}/story/vi/asides", "/studio/producers/htx-huong-van-tra/consents")  # fmt: skip
    with signed_in(maker, width=width, color_scheme=scheme) as page:
        for one in pages:
            page.goto(house.settings.public_url + one)
            open_to_everybody(page)
