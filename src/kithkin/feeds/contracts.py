"""The formats that Kithkin reads: a contract's name in feeds.toml, and the adapter that reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module

from kithkin.feeds.delivery import Delivery
from kithkin.feeds.loading import Loader

Adapter = Callable[[Delivery, Loader], None]


@dataclass(frozen=True)
class Contract:
    """A format that agencies send; `adapter` is `module:function`, imported when first used."""

    title: str
    adapter: str

    def load_adapter(self) -> Adapter:
        """Import the function that reads this format."""
        module, function = self.adapter.split(":")
        adapter: Adapter = getattr(import_module(module), function)
        return adapter


CONTRACTS: Mapping[str, Contract] = {
    "standard_safeguarding_dataset": Contract(
        "Standard Safeguarding Dataset",
        "kithkin.feeds.ssd:read_standard_safeguarding_dataset",
    ),
    "annex_a": Contract("Ofsted Annex A workbook", "kithkin.feeds.annex_a:read_annex_a"),
    "dfe_api": Contract("DfE daily data collection payload", "kithkin.feeds.dfe_api:read_dfe_api"),
    "cin_census": Contract("Children in need census", "kithkin.feeds.cin_census:read_cin_census"),
    "ssda903": Contract("Children looked after return", "kithkin.feeds.ssda903:read_ssda903"),
    "school_census": Contract("School census", "kithkin.feeds.school_census:read_school_census"),
    "police": Contract("Police records", "kithkin.feeds.police:read_police"),
    "health": Contract("Health records", "kithkin.feeds.health:read_health"),
    "housing": Contract("Housing records", "kithkin.feeds.housing:read_housing"),
    "benefits": Contract("Benefits and revenues", "kithkin.feeds.benefits:read_benefits"),
    "youth_justice": Contract(
        "Youth justice case management", "kithkin.feeds.youth_justice:read_youth_justice"
    ),
    "early_help": Contract("Early help", "kithkin.feeds.early_help:read_early_help"),
    "mapped": Contract("Any other files, by a mapping", "kithkin.feeds.mapping:read_mapped"),
}
