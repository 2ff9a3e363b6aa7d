// Package helpdesk makes tickets: in the hub's own list (Builtin), or in Znuny, OTRS and OTOBO over
// their Generic Interface (Znuny). An adapter has no goroutine of its own, and all its methods may
// be called at once. Where a help desk refuses or fails, the error is a *desk.HelpDeskError with
// one sentence for the agent; secrets appear neither in errors nor in the log.
package helpdesk
