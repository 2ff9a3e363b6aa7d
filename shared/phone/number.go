package phone

// Kind says what a number is, as far as its form tells.
type Kind string

// The kinds.
const (
	Withheld Kind = "withheld" // nothing to look up
	Internal Kind = "internal" // at most five digits, or letters: matched exactly
	External Kind = "external"
)

// Number is a number that was read. It is comparable.
type Number struct {
	Raw   string // as it came
	Local string // after the SIP URI's dress was taken off and the CallerID rules were applied
	// Local, or what it was before the rules where agents are not to see their result; a withheld
	// number has none
	Shown     string
	Kind      Kind
	E164      string // "+74951234567"; empty where the number is not valid anywhere
	Extension string // dialled behind the number: "12"
	Display   string // Shown as people of the region write it, or Raw
}
