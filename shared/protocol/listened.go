package protocol

// CallListened is the notification that a supervisor has begun to listen to a call of the agent, or has
// ended. It comes only where hub.yml says so.
const CallListened = "call.listened"

// ListenedCall is the data of call.listened.
type ListenedCall struct {
	Call string `json:"call"`
	By   string `json:"by"`   // name of the supervisor
	Mode string `json:"mode"` // listen; whisper: the agent hears the supervisor; barge: both sides do
	Over bool   `json:"over,omitempty"`
}
