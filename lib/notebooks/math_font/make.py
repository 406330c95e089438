"""Makes math_font.woff2: the part of TeX Gyre Pagella Math that formulas use, under a name of its own.

pip install fonttools brotli; apt-get install fonts-texgyre-math
python3 make.py /usr/share/texmf/fonts/opentype/public/tex-gyre-math/texgyrepagella-math.otf
"""

import pathlib
import sys

from fontTools import subset
from fontTools.ttLib import TTFont

RANGES = (
    "20-7E,B1,B7,D7,F7,131,237,300-308,391-3F5,2016,2020,2026,2032,2061-2064,2102,210E,2110-2113,"
    "211D,2190-2195,21A6,21D2,21D4,2200-2211,2212,2213,221A,221E,2223,2225-222B,2248,2260-2265,"
    "226A,226B,2282-2287,2295-2299,22A4,22C5,22EF,2308-230B,27E8-27E9,1D400-1D467,1D49C-1D4B5,"
    "1D6FC-1D71B"
)

font = TTFont(sys.argv[1])
options = subset.Options()
options.layout_features = ["ssty", "kern", "mark", "mkmk"]
options.hinting = False
options.drop_tables += ["FFTM"]
options.flavor = "woff2"
subsetter = subset.Subsetter(options)
subsetter.populate(unicodes=subset.parse_unicodes(RANGES))
subsetter.subset(font)
for record in font["name"].names:
    names = {1: "Deep Defense Math", 4: "Deep Defense Math", 6: "DeepDefenseMath-Regular"}
    if record.nameID in names:
        record.string = names[record.nameID]
subset.save_font(font, pathlib.Path(__file__).with_name("math_font.woff2"), options)
