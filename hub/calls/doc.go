// Package calls turns what Asterisk says over AMI into calls: who rings, who answered, who hung up.
//
// A Tracker is the state of one PBX and nothing else: no goroutine, no clock, no network. One
// goroutine owns it, normally a Watcher's, which connects, takes stock with Status and then follows
// the events. What comes out are Changes, values that nobody alters afterwards.
//
// The model: every channel is kept by its Uniqueid, a Linkedid only groups channels into calls and
// may change under way. Channels of Local and other internal technologies carry a call but are
// nobody's phone: they keep it alive, they never ring and never answer. A leg is all the channels
// of one extension in one call.
//
// Where a sequence of events is not self-evident, the comment names the Asterisk feature that sends
// it. Needs Asterisk 12 or later.
package calls
