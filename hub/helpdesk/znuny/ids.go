package znuny

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
)

// id is a ticket's key or number. The help desk writes it as a JSON string or number.
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

// idList is a list of ids. The help desk writes a list of one without brackets.
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

// compare compares ids as numbers of any length.
func compare(a, b id) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) }
