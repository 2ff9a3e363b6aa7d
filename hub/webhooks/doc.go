// Package webhooks sends events to other programs: CloudEvents 1.0 in JSON by HTTP POST, signed as
// Standard Webhooks says. Each webhook of hub.yml has a queue in the database, in which an event
// stays until it is delivered. docs/webhooks.md is the documentation for receivers.
//
// A Hooks owns the queues. Its goroutines are those of Run: one writes events to the database, and
// one per webhook delivers, in order, so that a slow receiver delays no other. Emit does not block.
package webhooks
