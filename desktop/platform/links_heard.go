//go:build !darwin

package platform

// HearURLs has nothing to do here: an address comes on the command line of another start.
func HearURLs(func(string)) {}
