package helpdesk

// mostOpen is how many of a customer's open tickets are offered.
const mostOpen = 5

// mark is a line by which a note is found again in a ticket: no help desk here keeps an id of ours
// with a note.
func mark(key string) string { return "[traybell " + key + "]" }
