#!/bin/sh
# Makes math.woff2: STIX Two Math (npm's @fontsource/stix-two-math, OFL.txt) without what formulas of models do not hold. Needs
# npm and Python's fonttools with brotli; nothing of it is needed to build Vitrine.
set -eu
cd "$(dirname "$0")"
room=$(mktemp -d); trap 'rm -r "$room"' EXIT
(cd "$room" && npm pack -s @fontsource/stix-two-math@5.3.0 >/dev/null && tar xzf ./*.tgz)
pyftsubset "$room/package/files/stix-two-math-latin-400-normal.woff2" --output-file=math.woff2 --flavor=woff2 \
	--layout-features=math,ssty,dtls,flac,kern,ccmp --no-hinting --desubroutinize --drop-tables+=GPOS,DSIG \
	--unicodes=20-7E,A0-FF,131,237,2C6,2C7,2D8-2DD,300-304,306-30C,332,333,338,391-3A9,3B1-3C9,3D1,3D5,3D6,3F0,3F1,3F4-3F6,2010-2026,2032-2037,203E-2044,2057,2061-2064,20AC,20D0-20DC,20E1,210F-2113,2115-2118,211A-211D,2124-2138,2190-21CD,21D0-21D9,21E0-21EF,2200-22FF,2308-230B,2322,2323,2329,232A,239B-23B3,23DC-23E1,24C8,25A0-25A1,25B2-25C5,25CA,25CB,25CF,25EF,2605,2660-2667,266D-266F,2713,2717,27C2,27E6-27EF,27F5-27FF,2971,29EB,2A00-2A12,2A2F,2A3F,2A7D-2A8C,2AAF,2AB0,2AC5-2ACC,1D400-1D7FF
