package client

import "time"

// Timestamp counts seconds since 1970 as sent. No range is checked: some
// senders count milliseconds.
type Timestamp uint64

// TimestampOf returns the timestamp of a time, in whole seconds. Times before
// 1970 have none and give 0.
func TimestampOf(t time.Time) Timestamp {
	return Timestamp(max(0, t.Unix()))
}

// Time returns the timestamp as a time in UTC.
func (t Timestamp) Time() time.Time { return time.Unix(int64(t), 0).UTC() }
