package phone

// Typed parses a number that a person typed or copied from a card. Numbers on cards have the
// CallerID rules applied already, and typed ones do not need them. The rules are only tried if the
// number is not valid without them, or if their result is hidden from agents.
func (r *Reader) Typed(text string) Number {
	n := r.Plain().Read(text)
	if n.E164 == "" {
		if normalized := r.Read(text); normalized.E164 != "" || normalized.Shown != normalized.Local {
			return normalized
		}
	}
	return n
}
