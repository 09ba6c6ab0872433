"""What the stages of a run say of themselves."""

from __future__ import annotations

import pytest

from mmrag.ingest.stages import Stages


def test_the_stage_that_is_at_work_the_most_holds_the_others_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 100.0
    monkeypatch.setattr("time.perf_counter", lambda: now)
    stages = Stages(started=now)
    with stages.embed.working(64):
        now += 6
    with stages.write.working(64):
        now += 1
    stages.read.width, stages.read.busy_s = 4, 14.0  # four at once, half of the time
    assert [stage.name for stage in stages] == ["read", "embed", "write"]
    assert stages.share(stages.embed) == pytest.approx(6 / 7)
    assert stages.share(stages.read) == pytest.approx(0.5)
    assert stages.bottleneck is stages.embed
    assert (stages.embed.done, stages.write.busy_s) == (64, 1)
