// Package amitest is a PBX that speaks the Asterisk Manager Interface and has no telephones: for
// tests, benchmarks and the demo. It listens on a real socket, checks logins and rights, keeps the
// list of live channels that Status shows, plays recordings, makes up calls whose events come in
// the order in which Asterisk 22 sends them, and misbehaves on request.
//
// One mutex of the PBX guards everything that clients can see, so that an answer to Status and the
// stream of events never contradict each other. Each client has a goroutine that reads and one that
// writes; nothing waits for a slow client.
package amitest
