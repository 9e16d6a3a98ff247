from collections.abc import Callable
from pathlib import Path

import pytest

from kithkin.policy import Policy, PolicyError, read_policy

SOUND = (Path(__file__).parent / "sound.toml").read_text()


@pytest.fixture
def read_text(tmp_path: Path) -> Callable[[str], Policy]:
    """Reads a policy of one file with this text."""

    def read(text: str) -> Policy:
        (tmp_path / "policy.toml").write_text(text)
        return read_policy(tmp_path)

    return read


@pytest.fixture
def mistakes_in(read_text: Callable[[str], Policy]) -> Callable[..., list[str]]:
    """The mistakes, one a line, of the sound policy with some of its text replaced."""

    def mistakes(*replacements: tuple[str, str], added: str = "") -> list[str]:
        text = SOUND
        for old, new in replacements:
            assert old in text
            text = text.replace(old, new, 1)
        with pytest.raises(PolicyError) as caught:
            read_text(f"{text}\n{added}")
        return [str(mistake) for mistake in caught.value.mistakes]

    return mistakes
