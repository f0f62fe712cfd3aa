"""Writes tests/files: small images and parquet files, and what the originals read from them.

    pip install pillow==13.0.0 datasets==5.2.0 tifffile numpy
    python make_files.py

Pixels are those of Pillow's convert("RGB"), as stored and as `datasets` turns them upright.
"""

import io
import json
import struct
import zlib
from pathlib import Path

import datasets
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import tifffile
from PIL import Image, ImageOps

HERE = Path(__file__).parent / "files"
IMAGES, PARQUET = HERE / "images", HERE / "parquet"
A = np.arange(15, dtype=np.uint8).reshape(3, 5) * 16
RGB = np.dstack([A, A[::-1], 255 - A])
expected = {}


def add(name, data):
    (IMAGES / name).write_bytes(data)
    image = Image.open(io.BytesIO(data))
    stored = np.array(image.convert("RGB"))
    image = Image.open(io.BytesIO(data))
    image.load()
    # datasets/features/image.py, Image.decode_example
    if image.getexif().get(Image.ExifTags.Base.Orientation) is not None:
        image = ImageOps.exif_transpose(image)
    upright = np.array(image.convert("RGB"))
    expected[name] = {
        key: {"size": list(values.shape[:2]), "pixels": values.ravel().tolist()}
        for key, values in {"stored": stored, "upright": upright}.items()
    }


def pil(array, kind, mode=None, **options):
    out = io.BytesIO()
    (Image.fromarray(array) if mode is None else array).save(out, kind, **options)
    return out.getvalue()


def tiff(array, **options):
    out = io.BytesIO()
    tifffile.imwrite(out, array, software=False, metadata=None, **options)
    return out.getvalue()


def png16(color_type, samples):
    """A PNG of one row of 16-bit samples."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    width = len(samples)
    header = struct.pack(">IIBBBBB", width, 1, 16, color_type, 0, 0, 0)
    row = b"\0" + b"".join(struct.pack(f">{len(pixel)}H", *pixel) for pixel in samples)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(row)) + chunk(b"IEND", b"")


deep = [0, 1, 129, 255, 256, 4095, 32_767, 65_407, 65_535]
add("rgb16.png", png16(2, [(v, v ^ 0xFF, 65_535 - v) for v in deep]))
add("grey_alpha16.png", png16(4, [(v, 7) for v in deep]))
add("rgb_alpha16.png", png16(6, [(v, v ^ 0xFF, 65_535 - v, 9) for v in deep]))
palette = Image.fromarray(A // 16 % 4).convert("P")
palette.putpalette([10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120])
add("palette.png", pil(palette, "PNG", "P"))
add("palette.tif", pil(palette, "TIFF", "P"))
add("palette_lzw.tif", pil(palette, "TIFF", "P", compression="tiff_lzw"))
grey_alpha = Image.merge("LA", [Image.fromarray(A), Image.fromarray(A // 2)])
add("grey_alpha.tif", pil(grey_alpha, "TIFF", "LA"))
add("two_bands.tif", tiff(np.dstack([A, A // 2]), photometric="minisblack", planarconfig="contig"))
add("bilevel.tif", pil(Image.fromarray(A).convert("1"), "TIFF", "1"))
add("white_is_zero.tif", tiff(A, photometric="miniswhite"))
add("planar.tif", tiff(np.ascontiguousarray(RGB.transpose(2, 0, 1)), photometric="rgb", planarconfig="separate"))
add("rgb_deflate.tif", pil(RGB, "TIFF", compression="tiff_adobe_deflate"))
exif = Image.Exif()
exif[Image.ExifTags.Base.Orientation] = 6
add("orientation_6.tif", pil(RGB, "TIFF", exif=exif))
for orientation in range(1, 9):
    exif[Image.ExifTags.Base.Orientation] = orientation
    add(f"orientation_{orientation}.jpg", pil(RGB, "JPEG", exif=exif))
exif[Image.ExifTags.Base.Orientation] = 6
add("orientation_6.png", pil(RGB, "PNG", exif=exif))
add("orientation_6.webp", pil(RGB, "WEBP", lossless=True, exif=exif))
xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description tiff:Orientation="8"/></rdf:RDF></x:xmpmeta>'
add("xmp_8.jpg", pil(RGB, "JPEG", xmp=xmp))
for maxval in [1, 3, 100, 254, 255, 1023, 4095, 65_535]:
    values = np.linspace(0, maxval, 15).round().astype(int)
    kind = ">B" if maxval < 256 else ">H"
    raw = b"".join(struct.pack(kind, value) * 3 for value in values)
    add(f"maxval_{maxval}.ppm", b"P6 5 3 %d\n" % maxval + raw)
    if maxval < 256:
        add(f"maxval_{maxval}.pgm", b"P5 5 3 %d\n" % maxval + bytes(values.tolist()))
    add(f"text_{maxval}.ppm", b"P3\n# in words\n5 3\n%d\n" % maxval + " ".join(f"{v} {v} {v}" for v in values).encode())
add("bitmap.pbm", b"P4 5 3\n" + bytes([0b10110000, 0b01001000, 0b11111000]))
add("text.pbm", b"P1\n5 3\n10110 01001 11111\n")
(HERE / "images.json").write_text(json.dumps(expected, separators=(",", ":")) + "\n")

# What Pillow reads as black, as white, or not at all.
for name, data in {
    "float.tif": tiff(A.astype(np.float32) / 240),
    "float_rgb.tif": tiff(RGB.astype(np.float32) / 255, photometric="rgb"),
    "double.tif": tiff(A.astype(np.float64) / 240),
    "half.tif": tiff(A.astype(np.float16) / 256),
    "signed16.tif": tiff(A.astype(np.int16) - 100),
    "unsigned32.tif": tiff(A.astype(np.uint32) * 1000),
    "four_bands16.tif": tiff(np.dstack([A] * 4).astype(np.uint16), photometric="minisblack", planarconfig="contig"),
    "grey_12_in_16.png": pil(A.astype(np.uint16) * 17, "PNG"),
}.items():
    (IMAGES / name).write_bytes(data)


def png(value):
    return pil(np.full((3, 4, 3), (value, 20, 30), np.uint8), "PNG")


cell = [{"bytes": png(i), "path": None} for i in range(6)]
image = datasets.Image()
names = datasets.ClassLabel(names=["Forest", "River", "Sea"])
numbers = [0, 1, 2, 0, 1, 2]


def parquet(name, columns, features, compression="snappy"):
    table = datasets.Dataset.from_dict(columns, datasets.Features(features)).with_format("arrow")[:]
    pq.write_table(table, PARQUET / name, compression=compression)


parquet("beans.parquet", {"image_file_path": ["x.jpg"] * 6, "image": cell, "labels": numbers},
        {"image_file_path": datasets.Value("string"), "image": image, "labels": names})
parquet("cifar100.parquet", {"img": cell, "fine_label": numbers, "coarse_label": [0] * 6},
        {"img": image, "fine_label": names, "coarse_label": datasets.ClassLabel(names=["all"])})
parquet("names.parquet", {"image": cell, "label": ["River", "Forest", "Sea", "Forest", None, "River"]},
        {"image": image, "label": datasets.Value("string")})
parquet("booleans.parquet", {"image": cell, "label": [True, False, True, True, False, False]},
        {"image": image, "label": datasets.Value("bool")})
parquet("small_numbers.parquet", {"image": cell, "label": numbers},
        {"image": image, "label": datasets.Value("uint8")})
parquet("upright.parquet", {"image": [{"bytes": pil(RGB, "JPEG", exif=exif), "path": "tall.jpg"}], "label": [1]},
        {"image": image, "label": names})
for compression in ["gzip", "brotli", "lz4", "zstd", "none"]:
    parquet(f"{compression}.parquet", {"image": cell, "label": numbers}, {"image": image, "label": names}, compression)
plain = pa.table({"picture": [png(i) for i in range(6)], "n": pa.array(numbers, pa.int32()),
                  "when": pa.array([0] * 6, pa.timestamp("ms"))})
pq.write_table(plain, PARQUET / "bytes.parquet")
two = pa.table({"left": [png(0)], "right": [png(1)], "label": [0]})
pq.write_table(two, PARQUET / "two_images.parquet")
