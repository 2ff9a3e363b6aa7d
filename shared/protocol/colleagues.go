package protocol

import "time"

// Names of the messages about colleagues.
const (
	ColleaguesList    = "colleagues.list"   // action
	ColleagueMessage  = "colleague.message" // action
	ColleaguePickup   = "colleague.pickup"  // action
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
	Phone      PhoneState `json:"phone,omitempty"`  // empty: not known
	Pickup     bool       `json:"pickup,omitempty"` // a call rings there that this agent may take
}

// PhoneState is what the phones of a colleague do, as the PBX says.
type PhoneState string

// The states.
const (
	PhoneFree        PhoneState = "free"
	PhoneInUse       PhoneState = "in_use"
	PhoneRinging     PhoneState = "ringing"
	PhoneHeld        PhoneState = "held"
	PhoneSilent      PhoneState = "silent"      // do not disturb
	PhoneUnavailable PhoneState = "unavailable" // not registered
)

// PickUpColleague is the data of colleague.pickup: the agent's phone rings, and takes the call that rings
// at a phone of the colleague when the agent answers.
type PickUpColleague struct {
	Login string `json:"login"`
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

// Check validates the data.
func (p PickUpColleague) Check() error { return required("login", p.Login) }

// Check validates the data, except the text, which people type.
func (s SendColleague) Check() error { return required("to", s.To) }
