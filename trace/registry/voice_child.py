"""The child that becomes `ffmpeg`, under limits, so that a hostile recording can hurt nobody else (floor 2).

`python -m ocop.trace.registry.voice_child PROGRAM DEMUXER SOURCE TARGET` sets its limits and replaces itself: the
limits stay with the process. `command` says everything that the program may do: one demuxer, the protocol `file`
alone, audio decoders by name, one thread, at most 61 seconds, nothing copied but the sound.
"""

import os
import resource
import sys

MEMORY = 1 << 30
CPU_SECONDS = 30
FILE_BYTES = 600_000
FILES = 64
DECODERS = (
    "opus,libopus,vorbis,libvorbis,aac,mp3float,mp3,mp2,alac,flac,amrnb,amrwb,libopencore_amrnb,libopencore_amrwb,"
    "pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_f32le,pcm_f32be,pcm_u8,pcm_alaw,pcm_mulaw,adpcm_ms,"
    "adpcm_ima_wav,adpcm_ima_qt"
)
SECONDS = 61
RATE, BITS = "22050", "28k"
"""28 kbit/s mono is plain for speech, and a minute of it has some 215,000 bytes."""


def command(program: str, demuxer: str, source: str, target: str) -> list[str]:
    """The call of `ffmpeg`."""
    read = [
        "-protocol_whitelist",
        "file",
        "-format_whitelist",
        demuxer,
        "-codec_whitelist",
        DECODERS,
        "-f",
        demuxer,
    ]
    if demuxer == "mov":
        read += ["-enable_drefs", "0"]
    sound = ["-map", "0:a:0", "-vn", "-sn", "-dn", "-map_metadata", "-1", "-map_chapters", "-1"]
    kept = ["-c:a", "aac", "-ac", "1", "-ar", RATE, "-b:a", BITS, "-t", str(SECONDS)]
    exact = ["-fflags", "+bitexact", "-flags:a", "+bitexact", "-movflags", "+faststart", "-f", "ipod", "-y"]
    quiet = ["-hide_banner", "-nostdin", "-loglevel", "error", "-threads", "1"]
    return [program, *quiet, *read, "-i", source, *sound, *kept, *exact, "-threads", "1", target]


def main() -> None:
    """Set the limits, then become the program."""
    program, demuxer, source, target = sys.argv[1:]
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_NOFILE, FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    os.execve(program, command(program, demuxer, source, target), {"PATH": os.defpath})  # noqa: S606 - no shell


if __name__ == "__main__":
    main()
