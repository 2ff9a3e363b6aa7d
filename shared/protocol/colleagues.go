package protocol

import "time"

// Names of the messages about colleagues.
const (
	ColleaguesList    = "colleagues.list"   // action
	ColleagueMessage  = "colleague.message" // action
	ColleaguesChanged = "colleagues"        // notification: answers colleagues.list
)

// ListColleagues is the data of colleagues.list. With After, the version of an earlier answer, the hub
// answers when something has changed since, or after half a minute.
type ListColleagues struct {
	After uint64 `json:"after,omitempty"`
}

// Colleagues is the data of colleagues: all other agents, in hub.yml's order.
type Colleagues struct {
	Version    uint64      `json:"version"`
	Colleagues []Colleague `json:"colleagues"`
}

// Colleague is what another agent does now.
type Colleague struct {
	Login      string     `json:"login"`
	Name       string     `json:"name"`
	Extensions []string   `json:"extensions"`
	Teams      []string   `json:"teams,omitempty"`
	State      AgentState `json:"state"` // off: not signed in, and no call
	Since      time.Time  `json:"since,omitzero"`
	Online     bool       `json:"online,omitempty"` // a desktop is signed in: messages are shown
}

// SendColleague is the data of colleague.message. The colleague sees it as the notification message.
type SendColleague struct {
	To   string `json:"to"` // login
	Text string `json:"text"`
}

// MaxColleagueText limits the characters of a message to a colleague.
const MaxColleagueText = 1000

// Check accepts all data.
func (ListColleagues) Check() error { return nil }

// Check validates the data, except the text, which people type.
func (s SendColleague) Check() error { return required("to", s.To) }
