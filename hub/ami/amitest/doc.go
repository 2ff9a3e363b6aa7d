// Package amitest simulates a PBX with an Asterisk Manager Interface, for tests, benchmarks and the
// demo. It listens on a real socket, checks logins and rights, keeps the live channels for Status,
// plays recordings, simulates calls with the events and the order of Asterisk 22, and misbehaves on
// request.
//
// One mutex guards everything that clients can see, so that Status and the events never contradict
// each other. Each client has a reading and a writing goroutine; nothing waits for a slow client.
package amitest
