"""Motion recordings: columns and units by their titles, one rate, gaps, windows."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmrag.errors import CorruptFile, LimitExceeded
from mmrag.limits import Limits
from mmrag.loaders.registry import read_file
from mmrag.loaders.sensors.measured import measured
from mmrag.loaders.sensors.motion import read_motion
from mmrag.loaders.sensors.motion_table import columns_of, says_motion
from mmrag.modalities import Modality
from mmrag.schema import END_MS, NOTE, START_MS, text_of

Make = Callable[..., Path]


def swinging(time: np.ndarray, hertz: float = 3.0) -> np.ndarray:
    """Each axis with its own strength."""
    return np.sin(2 * np.pi * hertz * time)[:, None] * np.arange(1.0, 7.0)


def spans(path: Path) -> list[tuple[int, int]]:
    return [(window.start_ms, window.end_ms) for window in read_motion(path).windows]


@pytest.mark.parametrize(
    "titles",
    [
        "time,ax,ay,az,gx,gy,gz",
        "Timestamp,AccX,AccY,AccZ,GyrX,GyrY,GyrZ",
        "t,accel_x,accel_y,accel_z,gyro_x,gyro_y,gyro_z",
        "time (s),acc.x (m/s^2),acc.y (m/s^2),acc.z (m/s^2),wx [rad/s],wy [rad/s],wz [rad/s]",
        "seconds_elapsed,Acceleration X,Acceleration Y,Acceleration Z,rotation_rate_x,"
        "rotation_rate_y,rotation_rate_z",
    ],
)
def test_usual_titles_are_known(titles: str) -> None:
    found = columns_of(titles.split(","))
    assert found.missing == []
    assert [found.places[name] for name in ("time", "ax", "az", "gx", "gz")] == [0, 1, 3, 4, 6]
    assert says_motion(titles.split(","))


@pytest.mark.parametrize("titles", ["name,price", "ax,ay,az,gx,gy,gz", "time,ax,ay,az,gx,gy"])
def test_other_tables_are_no_motion(titles: str) -> None:
    assert not says_motion(titles.split(","))


def test_units_of_titles_and_of_the_sidecar_are_applied(motion_file: Make) -> None:
    time = np.arange(2000) / 400
    titles = "time_ms,ax (g),ay (g),az (g),gx (deg/s),gy (deg/s),gz (deg/s)"
    by_titles = motion_file(time * 1000, swinging(time), titles=titles, name="titled.csv")
    plain = motion_file(time * 1000, swinging(time), name="plain.csv")
    said = {"time": "ms", "acceleration": "g", "rotation": "deg/s"}
    plain.with_name("plain.csv.json").write_text(json.dumps(said))
    first, second = (read_motion(path).windows[0].samples for path in (by_titles, plain))
    np.testing.assert_array_equal(first, second)
    wanted = swinging(time).T * np.repeat([[9.80665], [np.pi / 180]], 3, axis=0)
    assert first == pytest.approx(wanted, abs=1e-4)


@pytest.mark.parametrize("rate", [50, 100, 400, 1600])
def test_every_rate_becomes_400_hz(rate: int, motion_file: Make) -> None:
    time = np.arange(6 * rate) / rate
    motion = read_motion(motion_file(time, swinging(time)))
    assert motion.rate == pytest.approx(rate, rel=1e-3)
    assert motion.notes == ()
    assert [(w.start_ms, w.end_ms) for w in motion.windows] == [(0, 5000), (1000, 6000)]
    inner = motion.windows[0].samples[:, 8:-8]
    assert inner == pytest.approx(swinging(np.arange(2000) / 400).T[:, 8:-8], abs=0.12)


def test_what_is_too_fast_does_not_come_back_as_something_slow(motion_file: Make) -> None:
    time = np.arange(5 * 4000) / 4000
    samples = read_motion(motion_file(time, swinging(time, 390.0))).windows[0].samples
    assert np.abs(samples[5, 8:-8]).max() < 0.1 * 6  # it would be 10 Hz at full strength


def test_slow_recordings_are_told_and_too_slow_ones_refused(motion_file: Make) -> None:
    assert read_motion(motion_file(np.arange(60) / 10, name="ten.csv")).notes == (
        "10 samples a second tell of nothing faster than half of that",
    )
    with pytest.raises(CorruptFile, match="4 samples a second; motion takes 10"):
        read_motion(motion_file(np.arange(60) / 4, name="four.csv"))


def test_windows_follow_one_another_and_the_last_reaches_back(motion_file: Make) -> None:
    assert spans(motion_file(np.arange(4300) / 400)) == [(0, 5000), (5000, 10000)]
    long = motion_file(np.arange(4800) / 400, name="long.csv")
    assert spans(long) == [(0, 5000), (5000, 10000), (7000, 12000)]
    short = motion_file(np.arange(600) / 400, name="short.csv")
    assert spans(short) == [(0, 1500)]
    samples = read_motion(short).windows[0].samples
    assert samples.shape == (6, 2000)
    assert (samples[:, 600:] == samples[:, 599:600]).all()


def test_short_gaps_are_bridged_and_long_ones_divide(motion_file: Make) -> None:
    time = np.concatenate([np.arange(2000), 2120 + np.arange(400), 8000 + np.arange(1200)]) / 400
    path = motion_file(time, swinging(time))
    assert spans(path) == [(0, 5000), (1300, 6300), (20000, 23000)]
    node, *_ = read_file(path, path.name)
    assert node.metadata[NOTE] == "1 gap of up to 0.3 s bridged; divided by 1 gap of 13.7 s in all"


def test_missing_numbers_and_doubled_times_are_told(motion_file: Make) -> None:
    time = np.arange(2000) / 400
    time[10] = time[9]
    values = swinging(time)
    values[100:140, 2] = np.nan
    motion = read_motion(motion_file(time, values))
    assert motion.notes[:2] == (
        "40 of 2000 samples lack a number",
        "1 samples have the time of the one before",
    )
    assert np.isfinite(motion.windows[0].samples).all()


def edited(path: Path, line: int, content: str) -> Path:
    lines = path.read_text().splitlines()
    lines[line - 1] = content
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize(
    ("line", "content", "words"),
    [
        (300, "0.1,1,1,1,1,1,1", "runs back in time in line 300"),
        (12, "0.025,x,1,1,1,1,1", "no number in line 12.*'x'"),
        (12, "0.025,1", "2 cells in line 12; 7 are needed"),
        (12, ",1,1,1,1,1,1", "no time in line 12"),
        (1, "time,ax,ay,az,gx,gy,q", "no column gz among time, ax"),
        (1, "time,ax (furlong),ay,az,gx,gy,gz", "ax in 'furlong'"),
    ],
)
def test_a_bad_line_is_named(line: int, content: str, words: str, motion_file: Make) -> None:
    path = edited(motion_file(np.arange(800) / 400, name="walk.imu.csv"), line, content)
    with pytest.raises(CorruptFile, match=words):
        read_file(path, path.name)


def test_one_row_five_columns_or_no_time_are_refused(motion_file: Make, tmp_path: Path) -> None:
    with pytest.raises(CorruptFile, match="1 usable samples"):
        read_motion(motion_file(np.zeros(1)))
    bare = tmp_path / "bare.imu.csv"
    bare.write_text("1,2,3,4,5\n" * 900)
    with pytest.raises(CorruptFile, match="5 columns without titles"):
        read_motion(bare)
    bare.write_text("1,2,3,4,5,6\n" * 900)
    with pytest.raises(CorruptFile, match="rate_hz"):
        read_motion(bare)
    bare.with_name(f"{bare.name}.json").write_text('{"rate_hz": 400}')
    assert spans(bare) == [(0, 2250)]


def test_arrays_are_samples_by_axes(tmp_path: Path) -> None:
    np.save(tmp_path / "a.imu.npy", swinging(np.arange(2000) / 400))
    assert spans(tmp_path / "a.imu.npy") == [(0, 5000)]
    np.savez(tmp_path / "a.npz", imu=swinging(np.arange(500) / 100), rate_hz=100)
    assert spans(tmp_path / "a.npz") == [(0, 5000)]
    np.save(tmp_path / "b.imu.npy", np.ones((6, 2000)))
    with pytest.raises(CorruptFile, match=r"\(samples, 6\)"):
        read_motion(tmp_path / "b.imu.npy")
    with pytest.raises(LimitExceeded, match="motion_samples=1999"):
        read_motion(tmp_path / "a.imu.npy", Limits(motion_samples=1999))


def test_nodes_have_time_ranges_and_words(motion_file: Make) -> None:
    time = np.arange(4000) / 400
    values = np.zeros((4000, 6))
    values[:2000, 2] = 3 * np.sin(2 * np.pi * 4 * time[:2000])
    first, second = read_file(motion_file(time, values), "walk.csv")
    assert (first.metadata[START_MS], first.metadata[END_MS]) == (0, 5000)
    assert text_of(first) == (
        "Motion recording of 5 s, shaking with 2.1 m/s², mostly up and down (z), strongest at 4 Hz."
    )
    assert text_of(second) == "Motion recording of 5 s, at rest."


def test_a_stretch_of_a_recording_is_its_own_windows(motion_file: Make) -> None:
    path = motion_file(np.arange(6000) / 400)
    windows = read_motion(path).windows
    assert measured(path, Modality.IMU).shape == (3, 6, 2000)
    np.testing.assert_array_equal(measured(path, Modality.IMU, 5000, 10000)[0], windows[1].samples)
    np.testing.assert_array_equal(measured(path, Modality.IMU, 9000, 9500)[0], windows[1].samples)


@settings(max_examples=25)
@given(seconds=st.floats(1.1, 30), rate=st.sampled_from([31.25, 100.0, 400.0]))
def test_windows_cover_all_but_less_than_a_second(
    tmp_path_factory: pytest.TempPathFactory, seconds: float, rate: float
) -> None:
    path = tmp_path_factory.mktemp("motion") / "a.npz"
    count = int(seconds * rate) + 1
    np.savez(path, imu=np.ones((count, 6)), rate_hz=rate)
    found = spans(path)
    assert found[0][0] == 0
    assert all(later[0] <= before[1] for before, later in pairwise(found))
    assert -1 < 1000 * count / rate - found[-1][1] < 1005
    assert {end - start for start, end in found} == {5000} or len(found) == 1
