// Package hubfile changes hub.yml for administrators, one entry at a time: an agent, a tracked
// number, a ticket template or a rule. A change is planned against the file on the disk, checked as a
// reload checks it, shown as a difference without secrets, and written when it is confirmed, if the
// file is still the same. The old file is kept.
//
// An Editor owns the changes that wait for their confirmation; any goroutine may use it.
package hubfile
