package shell

import "traybell/desktop/settings"

// over lays the command line over what is kept. What it says counts for this run only; see keep.
func (o Options) over(kept settings.Own) settings.Own {
	own := kept
	if o.Server != "" {
		own.Server, own.Port = o.Server, o.Port
		if !own.SameHub(kept) {
			own.Pin = "" // another hub has another certificate
		}
	}
	if o.Extension != "" {
		own.Extension = o.Extension
	}
	if o.Trust != "" {
		own.Pin = o.Trust
	}
	return own
}

// keep takes what the agent made of the settings in the window, which shows the command line's
// values too: those that were left as they are stay out of the file, those that were changed are
// the agent's own from now on.
func (o *Options) keep(kept, edited settings.Own) settings.Own {
	shown := o.over(kept)
	own := edited
	switch {
	case o.Server == "":
	case edited.SameHub(shown):
		own.Server, own.Port = kept.Server, kept.Port
	default:
		o.Server, o.Port = "", 0
	}
	switch {
	case o.Extension == "":
	case edited.Extension == shown.Extension:
		own.Extension = kept.Extension
	default:
		o.Extension = ""
	}
	switch {
	case edited.Pin != shown.Pin:
		o.Trust = ""
	case o.Trust != "" || o.Server != "":
		own.Pin = kept.Pin
	}
	if !own.SameHub(kept) && own.Pin == kept.Pin {
		own.Pin = ""
	}
	return own
}

// trusted notes the certificate that the agent trusts, empty for none. A hub that the command line
// named is trusted for this run only.
func (o *Options) trusted(kept settings.Own, fingerprint string) settings.Own {
	if o.Server != "" && !o.over(kept).SameHub(kept) {
		o.Trust = fingerprint
		return kept
	}
	o.Trust = ""
	kept.Pin = fingerprint
	return kept
}
