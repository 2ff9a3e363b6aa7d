//go:build !darwin

package system

// HandleURLs does nothing here: URLs arrive on the command line of another start.
func HandleURLs(func(string)) {}
