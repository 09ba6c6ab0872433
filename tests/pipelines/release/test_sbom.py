"""Licences as a bill of materials has them."""

from __future__ import annotations

from pipelines.release.sbom import told

COMPONENTS = [
    {"name": "a", "version": "1", "licenses": [{"license": {"id": "MIT"}}]},
    {"name": "b", "version": "2", "licenses": [{"expression": "MPL-2.0 AND MIT"}]},
    {"name": "no-such-package-c", "version": "3"},
    {"name": "transformers", "version": "5"},  # declares "Apache 2.0 License", in words
    {
        "name": "d",
        "version": "4",
        "licenses": [{"license": {"id": "GPL-3.0"}}, {"license": {"name": "GPL-3.0"}}],
    },
]


def test_copyleft_and_silence_are_told() -> None:
    assert list(told({"components": COMPONENTS})) == [
        "b 2: MPL-2.0 AND MIT",
        "no-such-package-c 3: declares none",
        "d 4: GPL-3.0",
        "5 packages",
    ]


def test_nothing_else_is() -> None:
    assert list(told({"components": COMPONENTS[:1]})) == ["1 packages"]
