"""Settings are read from files, changed by name, and refused with the key that is wrong."""

from pathlib import Path

import pytest

from kithkin.simulation.settings import SettingsError, read_section
from kithkin.simulation.settings.knobs import Knobs


def test_a_folder_replaces_the_shipped_file(tmp_path: Path) -> None:
    shipped = Knobs.model_dump(read_section(Knobs))
    lines = [f"{name} = {value}" for name, value in (shipped | {"support_effect": 0.2}).items()]
    (tmp_path / "knobs.toml").write_text("\n".join(lines))
    assert read_section(Knobs, tmp_path).support_effect == 0.2
    assert read_section(Knobs, tmp_path, {"support_effect": 0.3}).support_effect == 0.3


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"networkstrength": 1.0},
            "networkstrength = 1.0: there is no such setting; use network_strength.",
        ),
        ({"zzz": 1.0}, "zzz = 1.0: there is no such setting; use one of network_strength, "),
        ({"support_effect": 2.0}, "support_effect = 2.0"),
        ({"worker_noise": "much"}, "worker_noise = 'much'"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(change: dict[str, object], words: str) -> None:
    with pytest.raises(SettingsError, match=r"knobs\.toml") as refused:
        read_section(Knobs, None, change)
    assert words in str(refused.value)


def test_a_file_that_is_no_toml_is_named(tmp_path: Path) -> None:
    (tmp_path / "knobs.toml").write_text("support_effect: 0.2")
    with pytest.raises(SettingsError, match="not TOML"):
        read_section(Knobs, tmp_path)
