// Package ami speaks the Asterisk Manager Interface: connect, log in, send actions, receive events.
// The codec is in ami/wire.
//
// Each connection has one goroutine that only reads the socket, because Asterisk cuts off a client
// that does not read for 100 ms. It hands replies to their callers and puts events into a large
// bounded queue. When the queue is full the session ends with ErrOverflow; a single event is never
// dropped silently.
//
// The protocol's details come from Asterisk's main/manager.c and from measurements on Asterisk 16
// and 22.
package ami
