"""sound/: an interview, a radio bulletin and a spoken log entry, each in another audio format."""

import io
import subprocess
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from samples_world.places import Place

PAUSE_MS = 650


@dataclass(frozen=True)
class Recording:
    """A file, the espeak-ng voice and speed that speak it, its ffmpeg settings and its sentences.

    The sentences were worded so that a small recogniser hears the names and numbers in them.
    """

    source: str
    voice: str
    speed: int
    encoding: tuple[str, ...]
    sentences: tuple[str, ...]


RECORDINGS = (
    Recording(
        "sound/interview-karin-nyberg.ogg",
        "en-gb+f4",
        145,
        ("-c:a", "libvorbis", "-q:a", "2"),
        (
            "My name is Karin Nyberg. When I came to Vindhammar, I was twenty three years old.",
            "Before that, I had been a schoolteacher for two years.",
            "We kept seven chickens behind the kitchen, and each of them had the name of a planet.",
            "Miss Oakley played the piano on Sundays, but only when the wind was above twenty "
            "metres per second.",
            "From the lake to the kitchen door, it was ninety steps with the water.",
            "If I could take one thing home, it would be the big copper kettle.",
        ),
    ),
    Recording(
        "sound/radio-bulletin-1959.mp3",
        "en-us",
        145,
        ("-c:a", "libmp3lame", "-b:a", "40k"),
        (
            "Good evening. This is the mountain weather report for Tuesday, the tenth of March, "
            "nineteen fifty nine.",
            "At Vindhammar, the wind is north west, twenty eight metres per second, and the "
            "temperature is minus nineteen degrees.",
            "The road from Tallvik to the Lower Hut is closed until Thursday evening.",
            "The evening train will leave half an hour late, because of deep snow in the tunnel.",
            "An avalanche came down on the east slope this morning, and skiers must stay away "
            "from it.",
        ),
    ),
    Recording(
        "sound/log-entry-1963.wav",
        "en-us+f2",
        145,
        ("-c:a", "pcm_s16le", "-ar", "16000"),
        (
            "Log entry, the sixteenth of October, nineteen sixty three. Ingrid Sandberg speaking.",
            "The clock of the pressure recorder stopped at twenty past four this morning.",
            "I have put in the spare spring from the green box.",
            "Beside the house, the snow is thirty seven centimetres deep.",
            "We have only four candles left.",
        ),
    ),
)


def build(folder: Path) -> list[Place]:
    """Write the three files; each sentence is a place with its time span."""
    return [place for recording in RECORDINGS for place in record(recording, folder)]


def record(recording: Recording, folder: Path) -> list[Place]:
    """Speak sentence by sentence, so that the times of each are known, and join them."""
    pieces: list[NDArray[np.int16]] = []
    places: list[Place] = []
    rate, length = 22050, 0
    for sentence in recording.sentences:
        spoken, rate = _speak(sentence, recording.voice, recording.speed)
        pause = np.zeros(rate * PAUSE_MS // 1000, dtype=np.int16)
        start, length = length, length + len(spoken)
        span = round(start * 1000 / rate), round(length * 1000 / rate)
        places.append(Place(recording.source, sentence, start_ms=span[0], end_ms=span[1]))
        pieces += [spoken, pause]
        length += len(pause)
    pcm = np.concatenate(pieces[:-1]).tobytes()
    raw = ("-f", "s16le", "-ar", str(rate), "-ac", "1", "-i", "pipe:0")
    exact = ("-fflags", "+bitexact", "-flags:a", "+bitexact", "-map_metadata", "-1")
    target = str(folder / recording.source)
    command = ["ffmpeg", "-v", "error", "-y", *raw, *recording.encoding, *exact, target]
    subprocess.run(command, input=pcm, check=True)
    return places


def _speak(sentence: str, voice: str, speed: int) -> tuple[NDArray[np.int16], int]:
    """One sentence as samples and their rate, with the silence at both ends cut to a breath."""
    command = ["espeak-ng", "-v", voice, "-s", str(speed), "--stdout", sentence]
    answer = subprocess.run(command, check=True, capture_output=True)
    with wave.open(io.BytesIO(answer.stdout)) as sound:
        rate = sound.getframerate()
        # espeak-ng writes a placeholder length to a pipe, so the header's count is not to be used.
        samples = np.frombuffer(sound.readframes(sound.getnframes()), dtype="<i2")
    loud = np.flatnonzero(np.abs(samples.astype(int)) > 200)
    breath = rate // 20
    return samples[max(0, loud[0] - breath) : loud[-1] + breath], rate
