package protocol

// CallScript is the action that opens the page of a call's line, as often as the agent wants.
const CallScript = "call.script"

// PageOpen is the notification that a page is to be opened in the browser. It answers call.script, and
// comes by itself once for a call, to one of the agent's desktops.
const PageOpen = "page.open"

// OpenScript is the data of call.script.
type OpenScript struct {
	Call string `json:"call"`
}

// Check validates the data.
func (o OpenScript) Check() error { return required("call", o.Call) }

// OpenPage is the data of page.open. The URL of a script has a token in its fragment, which must not be
// logged. A desktop with a link of its own for this page opens that one.
type OpenPage struct {
	Call string   `json:"call"`
	Page PageKind `json:"page"`
	URL  string   `json:"url"`
}

// PageKind is what a page is.
type PageKind string

// The kinds. All but the script are links of the call.
const (
	PageScript PageKind = "script"
	PageCID    PageKind = "cid"
	PageMap    PageKind = "map"
	PageTicket PageKind = "ticket"
)

// Of returns the link that a page is; empty for a script.
func (l Links) Of(page PageKind) string {
	switch page {
	case PageCID:
		return l.CID
	case PageMap:
		return l.Map
	case PageTicket:
		return l.Ticket
	case PageScript:
	}
	return ""
}
