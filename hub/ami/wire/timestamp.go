package wire

import (
	"strconv"
	"strings"
	"time"
)

// lastSecond is that of the year 9999: later times are no times, and could not be sent as JSON.
const lastSecond = 253_402_300_799

// headers is the number of fields among which Asterisk puts the time of a message.
const headers = 6

// Timestamp returns when the PBX sent the message, by its clock. Asterisk says so in the answer to a
// Ping, and in events with timestampevents=yes in manager.conf.
func (m Message) Timestamp() (at time.Time, ok bool) {
	i := 0
	for key, value := range m.Each() {
		if i++; i > headers {
			break
		}
		if key != "Timestamp" {
			continue
		}
		whole, part, _ := strings.Cut(value, ".")
		seconds, err := strconv.ParseInt(whole, 10, 64)
		if err != nil || seconds <= 0 || seconds > lastSecond {
			return time.Time{}, false
		}
		micro, err := strconv.ParseUint((part + "000000")[:6], 10, 32)
		if err != nil {
			return time.Time{}, false
		}
		return time.Unix(seconds, int64(micro)*1000), true //nolint:gosec // six digits
	}
	return time.Time{}, false
}
