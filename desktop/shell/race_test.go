//go:build linux && race

package shell

// mostClosed includes what the race detector takes.
const mostClosed = 300 * 1024
