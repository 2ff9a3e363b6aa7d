package phone

// Key identifies a number in comparisons and storage: E164 if valid, else what is dialled. It is
// empty for withheld numbers and does not contain the extension.
func (n Number) Key() string {
	if n.E164 != "" {
		return n.E164
	}
	return n.Local
}
