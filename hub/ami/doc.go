// Package ami speaks the Asterisk Manager Interface: the codec, one connection, and a client that
// keeps a connection alive for as long as the hub runs.
//
// Who owns what: every connection has one goroutine that reads the socket and does nothing else,
// because Asterisk cuts off a reader that is slow for a tenth of a second. It hands replies to
// those who wait for them and puts events into a large bounded queue. When the queue is full the
// connection is dropped, with the reason, and made anew; the consumer then takes stock again. A
// single event is never lost in silence.
//
// Facts about the protocol come from Asterisk's main/manager.c and from measurements against
// Asterisk 16 and 22.
package ami
