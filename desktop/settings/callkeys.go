package settings

// The hotkeys for calls.
const (
	KeyOfAnswer = "answer"
	KeyOfHangup = "hangup"
	KeyOfHold   = "hold" // holds, and continues
	KeyOfDial   = "dial" // calls the selected number
)

// CallKeys are the hotkeys for calls. Nil: the usual one, "": none.
type CallKeys struct {
	Answer *string `json:"answer,omitempty"`
	Hangup *string `json:"hangup,omitempty"`
	Hold   *string `json:"hold,omitempty"`
	Dial   *string `json:"dial,omitempty"`
}

// CallKeyNames returns the names of the hotkeys for calls.
func CallKeyNames() []string { return []string{KeyOfAnswer, KeyOfHangup, KeyOfHold, KeyOfDial} }

// usualKeys are the hotkeys of agents who have set none. Other programs have them while there is no
// call that they could do something with.
var usualKeys = map[string]string{KeyOfAnswer: "F3", KeyOfHangup: "F4"}

// Of returns the field of a name.
func (k *CallKeys) Of(name string) **string {
	return map[string]**string{
		KeyOfAnswer: &k.Answer, KeyOfHangup: &k.Hangup, KeyOfHold: &k.Hold, KeyOfDial: &k.Dial,
	}[name]
}

// CallKey returns the hotkey of a name; empty: none.
func (o Own) CallKey(name string) string {
	if own := *o.Hotkeys.Of(name); own != nil {
		return *own
	}
	return usualKeys[name]
}
