package phone

// Typed reads a number as people write it, or copy it from a card. The CallerID rules have been
// applied to what a card shows and are not meant for what is typed; only what is no number without
// them, or what a card shows in spite of a rule whose result agents do not see, is read as the PBX
// presents it.
func (r *Reader) Typed(text string) Number {
	n := r.Plain().Read(text)
	if n.E164 == "" {
		if mended := r.Read(text); mended.E164 != "" || mended.Shown != mended.Local {
			return mended
		}
	}
	return n
}
