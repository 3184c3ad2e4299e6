-- One row a recording, one column an attribute; `url` and `links` are made when it is served.
CREATE TABLE recordings (
  sid TEXT NOT NULL PRIMARY KEY,
  room_sid TEXT NOT NULL,
  account_sid TEXT,
  status TEXT NOT NULL CHECK (status IN ('processing', 'completed', 'deleted', 'failed')),
  date_created TEXT,
  source_sid TEXT,
  size INTEGER,
  type TEXT NOT NULL CHECK (type IN ('audio', 'video', 'data')),
  duration INTEGER,
  container_format TEXT NOT NULL CHECK (container_format IN ('mka', 'mkv')),
  codec TEXT NOT NULL CHECK (codec IN ('VP8', 'H264', 'OPUS', 'PCMU')),
  grouping_sids TEXT CHECK (grouping_sids IS NULL OR json_valid(grouping_sids)),
  track_name TEXT,
  "offset" INTEGER,
  media_external_location TEXT
) STRICT;

CREATE INDEX recordings_of_room ON recordings (room_sid, date_created);
