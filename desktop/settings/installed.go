package settings

// given checks a hub, as host or host:port, and the fingerprint of its certificate, which may be
// empty.
func given(hub, fingerprint string) (Own, *FileError) {
	var own Own
	var wrong *Problem
	if own.Server, own.Port, wrong = CheckServer(hub); wrong != nil {
		return Own{}, &FileError{Field: "Hub", Problem: wrong}
	}
	if fingerprint == "" {
		return own, nil
	}
	if own.Pin, wrong = CheckFingerprint(fingerprint); wrong != nil {
		return Own{}, &FileError{Field: "Fingerprint", Problem: wrong}
	}
	return own, nil
}
