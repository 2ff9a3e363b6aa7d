package phone

// Kind is the kind of a number, judged by its form.
type Kind string

// The kinds.
const (
	Withheld Kind = "withheld" // nothing to look up
	Internal Kind = "internal" // at most five digits, or letters: matched exactly
	External Kind = "external"
)

// Number is a parsed number. It is comparable.
type Number struct {
	Raw   string // original text
	Local string // without the SIP URI, after the CallerID rules
	// Local, or the number before the rules if their result is hidden from agents; empty for a
	// withheld number
	Shown     string
	Kind      Kind
	E164      string // "+74951234567"; empty if the number is not valid
	Extension string // "12"
	// written with the zero of a switchboard, 030 123456-0: its extensions replace the zero
	Switchboard bool
	Display     string // Shown in the format of the region, or Raw
	// E164 was chosen from several readings of the number; see Reader.Readings
	Settled bool
}
