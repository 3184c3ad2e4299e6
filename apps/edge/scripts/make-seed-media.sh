#!/usr/bin/env bash
# Makes the media of the room of local development: seed/{RoomSid}/{RecordingSid}, about 700 kB. The files are committed, so that neither
# a start nor a test needs these tools. Run it again to change the media, then update the sizes in scripts/seed.ts (a test compares them).
#
# Requires ffmpeg and, in Debian's names, gstreamer1.0-tools, gstreamer1.0-plugins-good and fonts-dejavu-core.
#
# The matroskamux of GStreamer writes the recordings of Twilio, too: a DocType that ends in a NUL, a Duration that is a length, and
# timestamps since the creation of the room. Each picture shows the time of the room, and a square that starts at the left edge each second.
# Alice beeps when the square starts, Bob when it is in the middle: a picture or a sound at the wrong time is visible and audible.
set -euo pipefail
cd "$(dirname "$0")/.."

repeat() { printf -- "$1%.0s" {1..16}; }
ROOM=seed/RM$(repeat aa)
ALICE_AUDIO=$ROOM/RT$(repeat aa) ALICE_VIDEO=$ROOM/RT$(repeat a1)
BOB_AUDIO=$ROOM/RT$(repeat a4) BOB_VIDEO=$ROOM/RT$(repeat a3)

FONTS=/usr/share/fonts/truetype/dejavu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rm -rf "$ROOM"
mkdir -p "$ROOM"

ff() { ffmpeg -hide_banner -loglevel error -nostdin -y "$@"; }

# picture NAME COLOR SIZE RATE START LENGTH: the video filter of a participant. START is the time of the room in seconds at the first frame.
picture() {
  local name=$1 color=$2 size=$3 rate=$4 start=$5 length=$6
  local seconds="%{eif\:floor(t+$start)\:d\:2}" milliseconds="%{eif\:floor(mod((t+$start)*1000\,1000))\:d\:3}"
  local source="size=$size:rate=$rate:duration=$length"
  local text="x=w/14:fontcolor=white"
  echo "color=$color:$source,format=yuv420p,
    drawtext=fontfile=$FONTS/DejaVuSans-Bold.ttf:fontsize=h/5:y=h/8:text='$name':$text,
    drawtext=fontfile=$FONTS/DejaVuSansMono-Bold.ttf:fontsize=h/5:y=h*0.42:text='$seconds.$milliseconds s':$text,
    drawtext=fontfile=$FONTS/DejaVuSans-Bold.ttf:fontsize=h/14:y=h*0.68:text='${size/x/×}':$text@0.7[picture];
    color=white:$source,crop=ih/12:ih/12[square];
    [picture][square]overlay=x='(W-w)*mod(t+$start,1)':y='H*0.84'"
}

# beep FREQUENCY START LENGTH RATE PHASE: a beep of 0.1 s in each second of the room.
beep() { echo "aevalsrc='0.4*sin(2*PI*$1*t)*lt(mod(t+$2+$5,1),0.1)':s=$4:d=$3"; }

# mux TYPE INPUT OFFSET OUTPUT: writes the file as Twilio does. OFFSET is the time of the room at the first frame, in milliseconds.
mux() {
  gst-launch-1.0 -q matroskamux name=mux cluster-timestamp-offset="$3000000" ! filesink location="$4" \
    filesrc location="$2" ! matroskademux ! queue ! "mux.$1_0"
}

# Alice's camera, 36 s from 1.584 s: VP8 that changes its size twice, as it does with the bandwidth.
part() {
  ff -filter_complex "$(picture Alice 0x1f4e79 "$2" 15 "$3" "$4")" \
    -c:v libvpx -deadline good -cpu-used 0 -g 60 -auto-alt-ref 0 -b:v 60k -qmin 4 -qmax 56 "$work/$1.mkv"
  echo "file $1.mkv" >>"$work/parts"
}
part 1 320x180 1.584 6
part 2 640x360 7.584 20
part 3 480x270 27.584 10
ff -f concat -i "$work/parts" -c copy "$work/alice.mkv"
mux video "$work/alice.mkv" 1584 "$ALICE_VIDEO"

# Alice's microphone, 36 s from 1.564 s: OPUS, muted from about 12 s to 16 s of the room. Twilio records nothing while a track is muted.
ff -f lavfi -i "$(beep 440 1.564 36 48000 0)" -c:a libopus -b:a 24k "$work/all.mka"
ff -i "$work/all.mka" -c copy -bsf:a "noise=drop='between(pts,10436,14436)'" "$work/alice.mka"
mux audio "$work/alice.mka" 1564 "$ALICE_AUDIO"

# Bob's camera, 24 s from 8.814 s: H264. The key-frame interval is as long as that of a call without losses.
ff -filter_complex "$(picture Bob 0x7a3b1d 480x360 24 8.814 24)" \
  -c:v libx264 -preset veryslow -profile:v baseline -g 96 -pix_fmt yuv420p -b:v 70k "$work/bob.mkv"
mux video "$work/bob.mkv" 8814 "$BOB_VIDEO"

# Bob's telephone, 24 s from 8.789 s: PCMU, 20 ms a packet.
ff -f lavfi -i "$(beep 660 8.789 24 8000 0.5),asetnsamples=160" -ac 1 -c:a pcm_mulaw "$work/bob.mka"
mux audio "$work/bob.mka" 8789 "$BOB_AUDIO"

ls -l "$ROOM"
