//go:build linux && !race

package shell

// mostClosed is the most that the program may hold without a window, in KB.
const mostClosed = 60 * 1024
