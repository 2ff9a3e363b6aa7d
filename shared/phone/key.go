package phone

// Key is what a number is kept and compared by: E164 where it could be read, otherwise what is
// dialled. It is empty for a withheld one. The extension has no part in it.
func (n Number) Key() string {
	if n.E164 != "" {
		return n.E164
	}
	return n.Local
}
