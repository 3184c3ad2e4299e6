-- The order of a room's list: the instant of date_created in milliseconds since 1970, then the SID. date_created keeps its own spelling
-- and zone, so its text does not sort. A recording without a date comes last; no date-time is as late as its number. SQLite parses an
-- upper-case T alone, and RFC 3339 allows both cases.
ALTER TABLE recordings ADD COLUMN created_at INTEGER GENERATED ALWAYS AS (
  coalesce(CAST(round((julianday(upper(date_created)) - 2440587.5) * 86400000) AS INTEGER), 8640000000000001)
) VIRTUAL;

DROP INDEX recordings_of_room;

-- One index for each filter that selects few of a room's recordings, so that a page costs the same in a room of a million.
CREATE INDEX recordings_listed ON recordings (room_sid, created_at, sid) WHERE status <> 'deleted';
CREATE INDEX recordings_by_status ON recordings (room_sid, status, created_at, sid);
CREATE INDEX recordings_by_source ON recordings (room_sid, source_sid, created_at, sid);
