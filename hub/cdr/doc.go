// Package cdr records calls. A Recorder owns the records that are not final; they belong to the
// goroutine of Run, which is also the only one that writes to the Store. Everybody else hands over
// Notices, which never block.
package cdr
