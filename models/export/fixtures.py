"""Make the small videos in test/fixtures/video/ that the tests open: each codec, and each way a file can be wrong.

What each file is and what must happen with it stands in test/fixtures/video/README.md.

Run from the repository root:  python models/export/fixtures.py      (ffmpeg with libx264, libx265, libvpx, libaom)
"""

import struct
import subprocess
from pathlib import Path

import numpy as np
from PIL import Image
from skimage import data

OUT = Path(__file__).resolve().parents[2] / "test/fixtures/video"
CLIPS = Path(__file__).resolve().parents[2] / "public/clips"
REPEATABLE = ["-fflags", "+bitexact", "-flags:v", "+bitexact", "-threads", "1"]
H264 = ["-c:v", "libx264", "-preset", "veryslow", "-pix_fmt", "yuv420p", "-movflags", "+faststart"]


def ffmpeg(name, *arguments, source=None):
    """Write OUT/name; `source` is an ffmpeg filter that makes the pictures."""
    made = ["-f", "lavfi", "-i", source] if source else []
    subprocess.run(["ffmpeg", "-v", "error", "-y", *made, *arguments, *REPEATABLE, str(OUT / name)], check=True)


def panning_photograph(name, width, height, seconds, fps):
    """H.264 of a window gliding over the coffee photograph, whole pixels, there and back."""
    photo = np.asarray(Image.fromarray(data.coffee()).resize((1200, 800), Image.Resampling.BICUBIC))
    t = np.arange(seconds * fps) / (seconds * fps)
    left = np.round((photo.shape[1] - width) * (0.5 - 0.5 * np.cos(2 * np.pi * t))).astype(int)
    top = np.round((photo.shape[0] - height) * (0.5 + 0.25 * np.sin(2 * np.pi * t))).astype(int)
    frames = np.stack([photo[y : y + height, x : x + width] for y, x in zip(top, left)])
    command = [
        "ffmpeg",
        "-v",
        "error",
        "-y",
        "-f",
        "rawvideo",
        "-pix_fmt",
        "rgb24",
        "-s",
        f"{width}x{height}",
        "-r",
        str(fps),
        "-i",
        "-",
    ]
    subprocess.run(
        [*command, *H264, "-crf", "27", "-g", "48", *REPEATABLE, str(OUT / name)], input=frames.tobytes(), check=True
    )


def turn_clockwise(path, height):
    """Set the track header's matrix to 90 degrees clockwise: (x, y) shows at (height - y, x).

    A phone held upright writes it so.

    Patched by hand because the option for it differs between versions of ffmpeg.
    """
    content = bytearray(path.read_bytes())
    start = content.index(b"tkhd") + 44  # version 0: 40 bytes of times, id, layer and volume lie between
    one = 1 << 16
    content[start : start + 36] = struct.pack(">9i", 0, one, 0, -one, 0, 0, height * one, 0, 1 << 30)
    path.write_bytes(content)


def unusual_times():
    """Write the files whose first picture, order or rate is not what one assumes."""
    source = OUT / "gops.mkv"
    keys = "open-gop=1:keyint=31:min-keyint=31:bframes=3:b-adapt=0:scenecut=0"
    ffmpeg(source.name, *H264, "-crf", "35", "-x264-params", keys, source="testsrc2=size=160x96:rate=25:duration=6")
    segments = ["-f", "segment", "-segment_time", "1.2", "-reset_timestamps", "1", "-segment_format", "mp4"]
    ffmpeg("part%d.mp4", "-i", str(source), "-c", "copy", *segments)
    cut = ["-ignore_editlist", "1", "-i", str(OUT / "part1.mp4"), "-c", "copy", "-avoid_negative_ts", "make_zero"]
    for kind in ("mkv", "mp4"):
        ffmpeg(f"open-gop.{kind}", *cut)
    for part in OUT.glob("part*.mp4"):
        part.unlink()
    source.unlink()

    whole = OUT / "slow.mp4"
    ffmpeg(whole.name, *H264, "-crf", "35", "-bf", "0", source="testsrc2=size=160x96:rate=5:duration=4")
    ffmpeg("mid-frame.mp4", "-ss", "0.28", "-i", str(whole), "-c", "copy")
    whole.unlink()

    # 30 pictures in the first second, then one every 0.3 s: a recording of a screen.
    burst = ["-vf", "setpts='if(lt(N,30),N/30,1+(N-30)*0.3)/TB'", "-vsync", "vfr", "-video_track_timescale", "30000"]
    ffmpeg("burst.mp4", *burst, *H264, "-crf", "35", source="testsrc2=size=160x96:rate=30:duration=2")

    small = ["-f", "lavfi", "-i", "testsrc2=size=160x96:rate=12:duration=1"]
    sound = ["-f", "lavfi", "-i", "sine=duration=3"]
    coded = [*H264, "-crf", "35", "-c:a", "aac", "-b:a", "24k"]
    # "passthrough": what an MP4 has no picture for is otherwise filled with the first one.
    ffmpeg("late-video.mp4", "-itsoffset", "1", *small, *sound, "-map", "0", "-map", "1", "-vsync", "passthrough", *coded)
    ffmpeg("longer-sound.mkv", *small, *sound, *coded)


def unusual_pictures():
    """Write the files whose pictures are not what one assumes: transparent, high range, in parallel, of little-known kinds."""
    small = "testsrc2=size=160x96:rate=12:duration=1"
    disc = "nullsrc=size=160x96:rate=12:duration=1,format=rgba,geq=r=255:g=60:b=X:a='255*lt(hypot(X-20-9*N\\,Y-48)\\,15)'"
    clear = ["-pix_fmt", "yuva420p", "-auto-alt-ref", "0"]
    ffmpeg("alpha-vp9.webm", "-c:v", "libvpx-vp9", *clear, source=disc)
    ffmpeg("alpha-vp8.webm", "-c:v", "libvpx", "-b:v", "200k", *clear, source=disc)
    for name, transfer in {"pq": "smpte2084", "hlg": "arib-std-b67"}.items():
        wide = ["-color_primaries", "bt2020", "-color_trc", transfer, "-colorspace", "bt2020nc"]
        vp9 = ["-c:v", "libvpx-vp9", "-crf", "45", "-b:v", "0", "-pix_fmt", "yuv420p10le"]
        ffmpeg(f"hdr-{name}.webm", *vp9, *wide, source=small)
    ffmpeg("half-label.mp4", *H264, "-crf", "35", "-colorspace", "bt709", source=small)
    ffmpeg("full-range.webm", "-c:v", "libvpx-vp9", "-crf", "45", "-b:v", "0", "-color_range", "pc", source=small)
    ffmpeg("rgb.mp4", "-c:v", "libx264rgb", "-preset", "veryslow", "-crf", "35", "-movflags", "+faststart", source=small)
    ffmpeg("wide-pixels.mp4", *H264, "-crf", "35", "-vf", "setsar=4/3", source=small)
    ffmpeg("ten-bits.mp4", *H264, "-crf", "35", "-pix_fmt", "yuv420p10le", source=small)
    ffmpeg("mpeg4.mp4", "-c:v", "mpeg4", "-q:v", "31", source=small)
    ffmpeg("mpeg4.avi", "-c:v", "mpeg4", "-q:v", "31", source=small)
    noise = ["-f", "lavfi", "-i", "color=red:size=320x192:rate=12:duration=1,noise=alls=40:allf=t:all_seed=1"]
    both = ["-map", "0", "-map", "1", "-disposition:v:0", "default", "-disposition:v:1", "default"]
    ffmpeg("two-tracks.mp4", *noise, *both, *H264, "-crf", "45", source=small)
    cover = OUT / "cover.jpg"
    ffmpeg(cover.name, "-frames:v", "1", source="color=red:size=64x64")
    ffmpeg("cover-first.mov", "-i", str(cover), "-f", "lavfi", "-i", small, "-map", "0", "-map", "1", "-c:v:0", "copy", "-c:v:1", "libx264", "-pix_fmt:v:1", "yuv420p", "-crf", "35")  # fmt: skip
    cover.unlink()


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    unusual_times()
    unusual_pictures()
    small = "testsrc2=size=160x96:rate=12:duration=1"

    # What must work.
    panning_photograph("h264.mp4", 640, 272, 10, 24)
    ffmpeg("vp8.webm", "-c:v", "libvpx", "-b:v", "150k", source=small)
    ffmpeg("vp9.webm", "-c:v", "libvpx-vp9", "-crf", "40", "-b:v", "0", source=small)
    ffmpeg("av1.mp4", "-c:v", "libaom-av1", "-crf", "40", "-cpu-used", "8", "-pix_fmt", "yuv420p", source=small)
    ffmpeg("quicktime.mov", *H264, "-crf", "30", source=small)
    ffmpeg("mislabelled.webm", *H264, "-crf", "30", "-f", "mp4", source=small)
    ffmpeg(
        "b-frames.mp4",
        *H264,
        "-crf",
        "30",
        "-bf",
        "3",
        "-output_ts_offset",
        "0.5",
        source="testsrc2=size=160x96:rate=24:duration=1",
    )
    # Frames 0, 1, 2, 5, 9, 10, 17, 23 of 24 at 12 fps keep their times.
    uneven = r"select=eq(n\,0)+eq(n\,1)+eq(n\,2)+eq(n\,5)+eq(n\,9)+eq(n\,10)+eq(n\,17)+eq(n\,23)"
    ffmpeg(
        "variable-rate.mp4",
        "-vf",
        uneven,
        "-vsync",
        "vfr",
        *H264,
        "-crf",
        "30",
        source="testsrc2=size=160x96:rate=12:duration=2",
    )
    ffmpeg(
        "rotated.mp4",
        "-vf",
        "drawbox=0:0:48:32:red:fill",
        *H264,
        "-crf",
        "24",
        source="color=gray:size=160x96:rate=12:duration=1",
    )
    turn_clockwise(OUT / "rotated.mp4", height=96)

    # Half of one built-in clip, then half of another: a query of the first half has no place in the second.
    ffmpeg(
        "cut.mp4",
        "-i",
        str(CLIPS / "chelsea.mp4"),
        "-i",
        str(CLIPS / "coffee.mp4"),
        "-filter_complex",
        "[0:v]trim=end_frame=12,setpts=PTS-STARTPTS[a];[1:v]trim=end_frame=12,setpts=PTS-STARTPTS[b];[a][b]concat=n=2",
        *H264,
        "-crf",
        "27",
    )

    # What is too long, too large, too short or too narrow.
    colours = ":nb_colors=2:c0=navy:c1=orange"  # left to itself the filter draws them at random, and its end points too
    ffmpeg(
        "ten-minutes.mp4",
        *H264,
        "-crf",
        "40",
        source=f"gradients=size=64x48:rate=1:duration=600:speed=0.01{colours}:x0=8:y0=4:x1=56:y1=40",
    )
    ffmpeg(
        "four-k.mp4",
        *H264,
        "-preset",
        "ultrafast",
        "-crf",
        "40",
        source=f"gradients=size=3840x2160:rate=12:duration=0.5:speed=0.05{colours}:x0=480:y0=180:x1=3360:y1=1980",
    )
    ffmpeg("one-frame.mp4", "-frames:v", "1", *H264, "-crf", "30", source=small)
    ffmpeg("two-pixels-wide.mp4", *H264, "-crf", "30", source="testsrc2=size=2x64:rate=12:duration=1")

    # What cannot work.
    ffmpeg(
        "h265.mp4", "-c:v", "libx265", "-crf", "35", "-tag:v", "hvc1", "-x265-params", "log-level=error", source=small
    )
    ffmpeg("audio.mp3", "-c:a", "libmp3lame", "-b:a", "32k", source="sine=frequency=440:duration=1")
    (OUT / "text.mp4").write_text("This is a text file that someone has named .mp4.\n")
    (OUT / "empty.mp4").write_bytes(b"")
    whole = OUT / "whole.mp4"
    ffmpeg(whole.name, *H264, "-crf", "30", "-g", "6", source=small)
    content = whole.read_bytes()
    pictures = content.index(b"mdat") + 4
    (OUT / "truncated.mp4").write_bytes(content[: (pictures + len(content)) // 2])
    ffmpeg("late-index.mp4", "-i", str(whole), "-c", "copy")
    late = (OUT / "late-index.mp4").read_bytes()
    (OUT / "truncated-no-moov.mp4").write_bytes(late[: late.index(b"moov") - 4 - 100])
    whole.unlink()
    (OUT / "late-index.mp4").unlink()

    for path in sorted(OUT.iterdir()):
        print(f"{path.name:24}{path.stat().st_size:8} bytes")
    total = sum(path.stat().st_size for path in OUT.iterdir())
    assert total < 1_500_000, f"{total} bytes are too many to keep in the repository"


if __name__ == "__main__":
    main()
