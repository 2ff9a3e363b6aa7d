package helpdesk

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// id is a key or a number of the help desk, which writes them as strings or as numbers, as it
// happens.
type id string

// UnmarshalJSON implements json.Unmarshaler.
func (i *id) UnmarshalJSON(data []byte) error {
	data = bytes.TrimSpace(data)
	if len(data) > 0 && data[0] == '"' {
		return json.Unmarshal(data, (*string)(i))
	}
	var n json.Number
	if err := json.Unmarshal(data, &n); err != nil {
		return fmt.Errorf("an id is a string or a number: %w", err)
	}
	*i = id(n)
	return nil
}

// idList is a list of ids; a single one may stand without its brackets.
type idList []id

// UnmarshalJSON implements json.Unmarshaler.
func (l *idList) UnmarshalJSON(data []byte) error {
	data = bytes.TrimSpace(data)
	if len(data) > 0 && data[0] == '[' {
		return json.Unmarshal(data, (*[]id)(l))
	}
	var one id
	if err := json.Unmarshal(data, &one); err != nil {
		return err
	}
	*l = nil
	if one != "" {
		*l = idList{one}
	}
	return nil
}

// older compares ids as numbers of any length.
func older(a, b id) bool {
	if len(a) != len(b) {
		return len(a) < len(b)
	}
	return a < b
}
