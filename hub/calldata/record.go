package calldata

import (
	"encoding/json"

	"traybell/shared/protocol"
)

// longestRecord bounds what a call record has, in bytes.
const longestRecord = 4000

// Encode returns data as a call record has them; empty for none. If they are too long, the last ones
// are left out.
func Encode(data []protocol.CallDatum) string {
	for ; len(data) > 0; data = data[:len(data)-1] {
		text, err := json.Marshal(data)
		if err == nil && len(text) <= longestRecord {
			return string(text)
		}
	}
	return ""
}

// Decode returns the data of a call record; none if they cannot be read.
func Decode(record string) (data []protocol.CallDatum) {
	if record == "" || json.Unmarshal([]byte(record), &data) != nil {
		return nil
	}
	return data
}
