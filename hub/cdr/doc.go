// Package cdr records calls. The goroutine of Run owns the records that are not final and is the
// only one that writes to the Store. Others pass Notices, which never block.
package cdr
