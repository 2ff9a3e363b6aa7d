// Package trace keeps what the hub decided about each call, and why. A Progress turns the changes
// of a live call into steps; it is pure, and the desk's loop has one per call. A Writer owns the
// steps that are not saved yet; its Run goroutine is the only one that writes. Say, For and Result
// put traces into words, for `traybell-hub why` and the page /calls.
package trace
