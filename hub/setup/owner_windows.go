package setup

// giveAway does nothing: on Windows administrators run the hub.
func giveAway(string) error { return nil }
