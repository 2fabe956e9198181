#!/usr/bin/env python3
"""Makes the fonts of this folder again, from those of Debian's package fonts-noto-cjk.

    apt-get install fonts-noto-cjk && pip install fonttools==4.68.0 && ./make.py

The regular face keeps what CP932 and JIS X 0213 can write, which is every name and address that a
Japanese bank can take in, two kanji of names beyond, and the letters of Latin-1. The bold face, for headings, keeps what JIS X
0208 can write up to its first level of kanji. The fixed-width face, for passwords, keeps ASCII. None
keeps hints or layout tables: sheets are set line by line and printed.
"""

import pathlib
import sys

from fontTools import subset
from fontTools.ttLib import TTFont

SOURCE = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "/usr/share/fonts/opentype/noto")
HERE = pathlib.Path(__file__).resolve().parent


def written_in(encoding: str) -> set[int]:
    """Every character that one or two bytes of an encoding write."""
    found = set()
    singles = [bytes([first]) for first in range(256)]
    doubles = [bytes([first, second]) for first in range(0x80, 256) for second in range(256)]
    for written in singles + doubles:
        try:
            text = written.decode(encoding)
        except UnicodeDecodeError:
            continue
        found.update(ord(character) for character in text)
    return found


def first_level() -> set[int]:
    """What JIS X 0208 can write, with the kanji of its first level."""
    found = set()
    for row in list(range(0x21, 0x29)) + list(range(0x30, 0x50)):
        for cell in range(0x21, 0x7F):
            try:
                found.add(ord(bytes([row + 0x80, cell + 0x80]).decode("euc_jp")))
            except UnicodeDecodeError:
                continue
    return found


def make(source: str, face: int, name: str, characters: set[int]) -> None:
    options = subset.Options()
    options.hinting = False
    options.layout_features = []
    options.glyph_names = False
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.name_languages = [0x409]
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "BASE", "vhea", "vmtx", "VORG", "DSIG"]
    font = TTFont(SOURCE / source, fontNumber=face, recalcTimestamp=False)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=characters)
    subsetter.subset(font)
    target = HERE / name
    font.save(target)
    kept = font.getBestCmap()
    print(f"{name}: {len(kept)} characters, {target.stat().st_size} bytes")


printable = set(range(0x20, 0x7F))
latin = printable | set(range(0xA0, 0x100))
latin |= set(map(ord, "–—‘’“”…"))
# 〓 is among them: it stands for what the face lacks.
japanese = {character for character in written_in("cp932") | written_in("shift_jis_2004") if character >= 0x20}
japanese |= set(map(ord, "𠮷𣘺"))
make("NotoSansCJK-Regular.ttc", 0, "sheet-regular.otf", latin | japanese)
make("NotoSansCJK-Bold.ttc", 0, "sheet-bold.otf", latin | first_level())
make("NotoSansCJK-Bold.ttc", 5, "sheet-mono.otf", printable)
