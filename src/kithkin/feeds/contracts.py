"""The formats that Kithkin reads: a contract's name in feeds.toml, and the adapter that reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module

from kithkin.feeds.delivery import Delivery
from kithkin.feeds.loading import Loader

Adapter = Callable[[Delivery, Loader], None]


@dataclass(frozen=True)
class Contract:
    """A format that agencies send; `adapter` is `module:function`, imported when first used.

    When `shipped` names one of our own mappings, the function makes the adapter from that name.
    `options` are the keys that a feed's `[feed.options]` may have, and what each is.
    """

    title: str
    adapter: str
    shipped: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)

    def load_adapter(self) -> Adapter:
        """Import the function that reads this format."""
        module, name = self.adapter.split(":")
        function = getattr(import_module(module), name)
        adapter: Adapter = function if self.shipped is None else function(self.shipped)
        return adapter

    def load_rules(self) -> Mapping[str, str]:
        """Give the titles of the adapter's rules, by rule id."""
        module = "kithkin.feeds.mapped" if self.shipped else self.adapter.split(":")[0]
        rules: Mapping[str, str] = import_module(module).RULES
        return rules


def _plain(title: str, name: str) -> Contract:
    return Contract(title, "kithkin.feeds.plain:read_plain", name)


CONTRACTS: Mapping[str, Contract] = {
    "standard_safeguarding_dataset": Contract(
        "Standard Safeguarding Dataset",
        "kithkin.feeds.ssd:read_standard_safeguarding_dataset",
    ),
    "annex_a": Contract("Ofsted Annex A workbook", "kithkin.feeds.annex_a:read_annex_a"),
    "dfe_api": Contract("DfE daily data collection payload", "kithkin.feeds.dfe_api:read_dfe_api"),
    "cin_census": Contract("Children in need census", "kithkin.feeds.cin_census:read_cin_census"),
    "ssda903": Contract(
        "Children looked after return",
        "kithkin.feeds.ssda903:read_ssda903",
        options={"year_ending": "the year in which the collection year ends, such as 2018"},
    ),
    "school_census": Contract(
        "School census",
        "kithkin.feeds.school_census:read_school_census",
        options={
            "termly_ends_on": "the last day of the term's attendance",
            "second_half_ends_on": "the last day of the second half term's attendance",
            "schools": "the kind of each school that is not mainstream, by its id",
        },
    ),
    "police": _plain("Police records", "police"),
    "health": _plain("Health records", "health"),
    "housing": _plain("Housing records", "housing"),
    "benefits": _plain("Benefits and revenues", "benefits"),
    "youth_justice": _plain("Youth justice service", "youth_justice"),
    "early_help": _plain("Early help", "early_help"),
    "other": _plain("Panels and specialist services", "other"),
    "mapped": Contract(
        "Any other files, by a mapping",
        "kithkin.feeds.mapped:read_mapped",
        options={"mapping": "the mapping file, or the name of a shipped mapping"},
    ),
}
