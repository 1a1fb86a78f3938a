#!/usr/bin/env bash
# Makes classroom-excerpt.mp4 beside this script: eight seconds of H.264 video and AAC speech, with captions (tx3g) and
# two chapters. Wants an ffmpeg with libx264, libfreetype and libflite, and the DejaVu fonts.
set -euo pipefail

target="$(cd "$(dirname "$0")" && pwd)/classroom-excerpt.mp4"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

cat >captions.srt <<'END'
1
00:00:00,200 --> 00:00:03,600
Where does the tree get its food?

2
00:00:04,000 --> 00:00:07,600
Add three drops of iodine,
and wait for two minutes.
END

cat >chapters.txt <<'END'
;FFMETADATA1
title=Classroom excerpt: the starch test
[CHAPTER]
TIMEBASE=1/1000
START=0
END=4000
title=The question
[CHAPTER]
TIMEBASE=1/1000
START=4000
END=8000
title=The experiment
END

font=/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf
picture="color=c=0xfaf6ea:s=640x360:r=25:d=8
,drawbox=x=0:y=300:w=640:h=60:c=0x8a6a4a:t=fill
,drawtext=fontfile=$font:text='Photosynthesis, year 7':x=24:y=20:fontsize=26:fontcolor=0x24402c
,drawtext=fontfile=$font:text='What makes the tree heavier?':x=24:y=60:fontsize=20:fontcolor=0x24402c:enable='lt(t,4)'
,drawtext=fontfile=$font:text='The starch test':x=24:y=60:fontsize=20:fontcolor=0x24402c:enable='gte(t,4)'
,drawtext=fontfile=$font:text='%{eif\:ceil(8-t)\:d}':x=580:y=20:fontsize=36:fontcolor=0x24402c
,drawtext=fontfile=$font:text='●':x=110+50*t:y=110+4*(t-4)*(t-4):fontsize=48:fontcolor=0xe0a020"
leaf="color=c=0x3f8f4f:s=120x120:r=25:d=8,format=yuva420p
,geq=lum='lum(X,Y)':cb='cb(X,Y)':cr='cr(X,Y)':a='255*lt(hypot((X-60)/58,(Y-60)/26),0.2+T/10)'"

ffmpeg -hide_banner -loglevel error -y \
  -f lavfi -i "$picture" -f lavfi -i "$leaf" \
  -f lavfi -i "flite=voice=slt:text='Where does the tree get its food?'" \
  -f lavfi -i "flite=voice=slt:text='Add three drops of iodine, and wait for two minutes.'" \
  -i captions.srt -i chapters.txt \
  -filter_complex "[0][1]overlay=x=260:y=200:shortest=1[v];[2]apad=whole_dur=4[a1];[3]apad,atrim=end=4[a2];[a1][a2]concat=n=2:v=0:a=1,aresample=44100[a]" \
  -map '[v]' -map '[a]' -map 4:s -map_metadata 5 -map_chapters 5 -t 8 \
  -c:v libx264 -profile:v high -pix_fmt yuv420p -preset veryslow -crf 24 -g 50 -c:a aac -b:a 64k -ac 1 -c:s mov_text \
  -metadata:s:a:0 language=eng -metadata:s:s:0 language=eng -movflags +faststart -fflags +bitexact -flags:v +bitexact \
  "$target"
