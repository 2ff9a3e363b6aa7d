// Package calls turns AMI events into calls: who rings, who answered, who hung up.
//
// A Tracker is plain state of one PBX: no goroutine, no clock, no network. One goroutine owns it,
// normally that of hub/pbx, which gives it snapshots and events. It returns Changes, immutable
// values.
//
// Channels are kept by their Uniqueid. A Linkedid only groups channels into calls, and may change
// during a call. Channels of Local and other internal technologies are not phones: they keep a call
// alive, but never ring or answer. Which others are phones of the company is decided by package
// endpoint, and may be corrected within a call. A leg is all channels of one extension in one call.
//
// A call is answered when two parties are connected by bridges and Local channels. That a phone
// goes up is not enough: the called party may have to confirm first, and the dialplan answers
// callers to play something to them.
//
// Comments name the Asterisk feature that sends a sequence where it is not obvious. Needs Asterisk
// 12 or later.
package calls
