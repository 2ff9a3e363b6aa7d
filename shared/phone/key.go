package phone

// Key identifies a number in comparisons and storage: the Identity of E164 if valid, else what is
// dialled. It is empty for withheld numbers and does not contain the extension.
func (n Number) Key() string {
	if n.E164 != "" {
		return Identity(n.E164)
	}
	return n.Local
}
