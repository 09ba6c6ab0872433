"""Whether all machines see the files. The cluster is a stand-in: machines that answer at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from standins import origins

from mmrag.errors import InputError
from mmrag.ingest.scan import SourceFile
from mmrag_connectors.ray.reach import LOOKED_AT, check_reach


@dataclass
class Machine:
    """One that does not see some folders."""

    address: str
    blind: tuple[Path, ...] = ()
    cpus: float = 1.0
    alive: bool = True
    asked: list[Path] = field(default_factory=list)

    def answer(self, look: Callable[[Sequence[Path]], list[Path]], paths: Sequence[Path]) -> Any:
        """What it says to a question."""
        self.asked += paths
        return look([Path("/nowhere") if path.parent in self.blind else path for path in paths])


class StandIn:
    """What `check_reach` uses of Ray."""

    def __init__(self, *machines: Machine) -> None:
        self.machines = machines

    def nodes(self) -> list[dict[str, Any]]:
        """All of them; the number is the id."""
        return [
            {
                "NodeID": f"{number:056x}",
                "NodeManagerAddress": machine.address,
                "Alive": machine.alive,
                "Resources": {"memory": 1.0} | ({"CPU": machine.cpus} if machine.cpus else {}),
            }
            for number, machine in enumerate(self.machines)
        ]

    def remote(self, look: Callable[[Sequence[Path]], list[Path]]) -> Any:
        """A task for one machine."""
        standin = self

        class Task:
            def options(self, *, num_cpus: int, scheduling_strategy: Any) -> Task:
                assert num_cpus == 0
                self.machine = standin.machines[int(scheduling_strategy.node_id, 16)]
                return self

            def remote(self, paths: Sequence[Path]) -> Any:
                return self.machine.answer(look, paths)

        return Task()

    def get(self, answer: Any) -> Any:
        """Answers are there at once."""
        return answer


def files_in(*folders: Path, each: int = 1) -> list[SourceFile]:
    """Files that are there."""
    found = []
    for folder in folders:
        folder.mkdir()
        for number in range(each):
            path = folder / f"{number}.md"
            path.write_text("x")
            found.append(SourceFile(path, str(path), 1, 1))
    return found


def test_every_machine_is_asked_those_of_one_address_as_well(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    files = files_in(here, there, each=2)
    blind = Machine("10.0.0.2", blind=(there,))
    ray = StandIn(Machine("10.0.0.1"), blind, Machine("10.0.0.2"))
    with pytest.raises(InputError, match=r"^machine 10\.0\.0\.2 .* does not see "):
        check_reach(ray, files, tmp_path / "spool")
    assert blind.asked == [here / "0.md", there / "0.md"]  # one of each folder
    seeing = [Machine("10.0.0.1"), Machine("10.0.0.2")]
    check_reach(StandIn(*seeing), files, tmp_path / "spool")
    assert all(machine.asked for machine in seeing)
    assert not (tmp_path / "spool").exists()


def test_machines_that_no_file_comes_to_are_not_asked(tmp_path: Path) -> None:
    files = files_in(tmp_path / "a")
    blind = (tmp_path / "a",)
    head, gone = Machine("10.0.0.1", blind, cpus=0), Machine("10.0.0.3", blind, alive=False)
    check_reach(StandIn(head, Machine("10.0.0.2"), gone), files, tmp_path)
    alone = Machine("10.0.0.2", blind)
    check_reach(StandIn(alone, gone), files, tmp_path)
    assert head.asked == gone.asked == alone.asked == []
    with pytest.raises(InputError, match=r"machine 10\.0\.0\.2"):  # not the one that asks
        check_reach(StandIn(head, alone), files, tmp_path)


def test_what_is_fetched_goes_into_a_folder_that_all_share(tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    fetched = [SourceFile(spool / "f", "https://x/f", 1, 1, origins.Slow(0))]
    blind = Machine("10.0.0.2", (spool,))
    with pytest.raises(InputError, match=r"the folder that files are fetched into"):
        check_reach(StandIn(Machine("10.0.0.1"), blind), fetched, spool)
    assert [path.parent for path in blind.asked] == [spool]
    assert list(spool.iterdir()) == []


def test_of_many_folders_some_are_looked_at(tmp_path: Path) -> None:
    files = files_in(*(tmp_path / f"{number}" for number in range(LOOKED_AT + 3)))
    machine = Machine("10.0.0.2")
    check_reach(StandIn(Machine("10.0.0.1"), machine), files, tmp_path)
    assert len(machine.asked) == LOOKED_AT
