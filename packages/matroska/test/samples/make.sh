#!/bin/sh
# Makes the samples of this folder: with ffmpeg 5 and GStreamer 1.22 (matroskamux, opusenc, mulawenc).
# Names: codec, writer, and `late` for a track that begins at 20.8 s, `live` for output that cannot seek, `gap` for a mute.
set -e
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

ff() { ffmpeg -hide_banner -loglevel error -y "$@"; }
gst() { gst-launch-1.0 -q "$@" > "$work/log" 2>&1 || { cat "$work/log"; exit 1; }; }
LATE=cluster-timestamp-offset=20800000000

# Three sizes in one track.
for size in 96x54 160x90 128x72; do
  ff -f lavfi -i testsrc2=size=$size:rate=10:duration=1 -c:v libvpx -deadline realtime -cpu-used 8 -g 10 -auto-alt-ref 0 -b:v 30k "$work/$size.mkv"
  ff -f lavfi -i testsrc2=size=$size:rate=10:duration=1 -c:v libx264 -preset veryfast -profile:v baseline -tune zerolatency -g 10 -pix_fmt yuv420p -b:v 30k "$work/$size.h264"
  echo "file $work/$size.mkv" >> "$work/list"
done
cat "$work/96x54.h264" "$work/160x90.h264" "$work/128x72.h264" > "$work/all.h264"
ff -f concat -safe 0 -i "$work/list" -c copy "$work/vp8.mkv"
ff -framerate 10 -fflags +genpts -i "$work/all.h264" -c copy "$work/h264.mkv"
for codec in vp8 h264; do
  in="$work/$codec.mkv"
  ff -i "$in" -c copy -output_ts_offset 20.8 -avoid_negative_ts disabled $codec-ffmpeg-late.mkv
  ff -i "$in" -c copy -f matroska -live 1 pipe:1 > $codec-ffmpeg-live.mkv
  gst filesrc location="$in" ! matroskademux ! queue ! matroskamux $LATE ! filesink location=$codec-gst-late.mkv
  gst filesrc location="$in" ! matroskademux ! queue ! matroskamux streamable=true $LATE ! filesink location=$codec-gst-live.mkv
done
ff -i "$work/vp8.mkv" -c copy -bsf:v "noise=drop='between(pts,800,2000)'" vp8-ffmpeg-gap.mkv

tone='audiotestsrc num-buffers=150 samplesperbuffer=160 freq=440 ! audio/x-raw,rate=8000,channels=1'
opus='audioconvert ! audioresample ! opusenc bitrate=12000'
gst $tone ! $opus ! matroskamux $LATE ! filesink location=opus-gst-late.mka
gst $tone ! $opus ! matroskamux streamable=true $LATE ! filesink location=opus-gst-live.mka
gst $tone ! mulawenc ! matroskamux $LATE ! filesink location=pcmu-gst-late.mka
gst $tone ! mulawenc ! matroskamux streamable=true $LATE ! filesink location=pcmu-gst-live.mka
ff -i opus-gst-late.mka -c copy -bsf:a "noise=drop='between(pts,1000,2200)'" opus-ffmpeg-gap.mka
ff -f lavfi -i sine=f=440:d=3 -ar 8000 -ac 1 -c:a pcm_mulaw "$work/pcmu.mka"
ff -i "$work/pcmu.mka" -c copy -bsf:a "noise=drop='between(pts,1000,2200)'" pcmu-ffmpeg-gap.mka
