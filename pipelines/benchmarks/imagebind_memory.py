"""Resident memory of ImageBind-huge in bfloat16, with random weights, in a process of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

NEEDED_GIB = 5.0
"""Free memory below which it is not tried: float32 rows are made before they are rounded."""


def resident_gib() -> tuple[float | None, str]:
    """GiB resident after a picture and a text were embedded; None and why, where it cannot be.

    One process writes a checkpoint with random weights, another loads it as any user would.
    """
    try:
        free = kilobytes(Path("/proc/meminfo"), "MemAvailable") / 2**20
    except OSError:
        return None, "memory is read from /proc, which is not here"
    if free < NEEDED_GIB:
        return None, f"{free:.1f} GiB of memory are free, {NEEDED_GIB} needed"
    with tempfile.TemporaryDirectory() as folder:
        if shutil.disk_usage(folder).free < NEEDED_GIB * 2**30:
            return None, f"less than {NEEDED_GIB} GiB of disk are free"
        for step in ("write", "measure"):
            done = subprocess.run(
                [sys.executable, "-m", __name__, step, folder],
                cwd=Path(__file__).resolve().parents[2],
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode != 0:
                return None, (done.stderr.strip().splitlines() or ["no reason given"])[-1]
    return float(done.stdout.split()[-1]), ""


def write(folder: str) -> None:
    """A checkpoint of the full size, in bfloat16."""
    import torch

    from mmrag.embeddings.imagebind.checkpoint import save_pretrained
    from mmrag.embeddings.imagebind.config import ImageBindConfig
    from mmrag.embeddings.imagebind.model import ImageBindModel

    model = ImageBindModel.random(ImageBindConfig.huge(), dtype=torch.bfloat16, seed=0)
    save_pretrained(model, folder)


def measure(folder: str) -> None:
    """Load it, embed once, and print the steady resident memory."""
    import torch

    from mmrag.embeddings.imagebind.checkpoint import load

    torch.set_num_threads(2)
    model = load(folder, dtype=torch.bfloat16)
    tokens = torch.zeros(1, 77, dtype=torch.int64)
    tokens[0, :3] = torch.tensor([49406, 320, 49407])
    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
        model.encode("vision", torch.zeros(1, 3, 224, 224))
        model.encode("text", tokens)
    sys.stdout.write(f"{kilobytes(Path('/proc/self/status'), 'VmRSS') / 2**20:.3f}\n")


def kilobytes(file: Path, name: str) -> int:
    """The value of a row in a file of /proc such as `status` or `meminfo`."""
    line = next(line for line in file.read_text().splitlines() if line.startswith(f"{name}:"))
    return int(line.split()[1])


if __name__ == "__main__":
    {"write": write, "measure": measure}[sys.argv[1]](sys.argv[2])
