// Package tickettemplate parses the ticket templates of hub.yml and executes them for calls. It has
// no goroutine; a Set may be used from several.
package tickettemplate
