package preferences

import "traybell/desktop/settings"

// Flags are the settings on the command line, for this run only.
type Flags struct {
	Server    string
	Port      int
	Extension string
	Trust     string // the fingerprint of a certificate
}

// over applies the flags to the stored settings.
func (f Flags) over(kept settings.Own) settings.Own {
	own := kept
	if f.Server != "" {
		own.Server, own.Port = f.Server, f.Port
		if !own.SameHub(kept) {
			own.Pin = "" // another hub has another certificate
		}
	}
	if f.Extension != "" {
		own.Extension = f.Extension
	}
	if f.Trust != "" {
		own.Pin = f.Trust
	}
	return own
}

// keep returns the settings to store after the agent has edited the result of over. Unchanged flags
// are left out; a changed one no longer applies.
func (f *Flags) keep(kept, edited settings.Own) settings.Own {
	shown := f.over(kept)
	own := edited
	switch {
	case f.Server == "":
	case edited.SameHub(shown):
		own.Server, own.Port = kept.Server, kept.Port
	default:
		f.Server, f.Port = "", 0
	}
	switch {
	case f.Extension == "":
	case edited.Extension == shown.Extension:
		own.Extension = kept.Extension
	default:
		f.Extension = ""
	}
	switch {
	case edited.Pin != shown.Pin:
		f.Trust = ""
	case f.Trust != "" || f.Server != "":
		own.Pin = kept.Pin
	}
	if !own.SameHub(kept) && own.Pin == kept.Pin {
		own.Pin = ""
	}
	return own
}

// trusted returns the settings to store after the agent has trusted a certificate. A hub from the
// command line is trusted for this run only.
func (f *Flags) trusted(kept settings.Own, fingerprint string) settings.Own {
	if f.Server != "" && !f.over(kept).SameHub(kept) {
		f.Trust = fingerprint
		return kept
	}
	f.Trust = ""
	kept.Pin = fingerprint
	return kept
}
