package protocol

import "time"

// Mobile is the data of the event mobile: whether the agent takes calls of queues on a mobile. It comes
// after session.opened to agents whose mobile is on the white list, and after changes. Without a number
// there is none any more.
type Mobile struct {
	Number string    `json:"number,omitempty"` // for people
	On     bool      `json:"on"`
	Since  time.Time `json:"since,omitzero"`
	Until  time.Time `json:"until,omitzero"` // absent: without an end
}

// SetMobile is the data of mobile.set. On: the agent's mobile takes the calls of the queues instead of
// the phones, and joins them if the agent is in none. The answer is accepted when the PBX shows that it
// happened.
type SetMobile struct {
	On bool `json:"on"`
}

// Check validates the data.
func (SetMobile) Check() error { return nil }
