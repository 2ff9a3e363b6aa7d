package rt

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"traybell/hub/helpdesk"
	"traybell/hub/helpdesk/httpclient"
)

// searched is the number of a ticket's newest attachments that are searched for a note.
const searched = 20

// Append implements helpdesk.HelpDesk: a comment, which customers do not see. Request Tracker
// accounts whole minutes.
func (h *HelpDesk) Append(ctx context.Context, n helpdesk.Note) error {
	comment := map[string]any{"Subject": n.Subject, "Content": n.Text(), "ContentType": "text/plain"}
	if n.Talk > 0 {
		comment["TimeTaken"] = max(1, int(n.Talk.Round(time.Minute)/time.Minute))
	}
	err := h.client.Ask(ctx, httpclient.Request{
		Method: http.MethodPost, Path: "/ticket/" + url.PathEscape(n.Ticket.ID) + "/comment",
		JSON: comment, Writes: true,
	}, nil)
	return h.refusedNote(err, n.Ticket.Number)
}

// Noted implements helpdesk.HelpDesk. The text of a comment is an attachment of the ticket.
func (h *HelpDesk) Noted(ctx context.Context, n helpdesk.Note) (bool, error) {
	var reply struct{ Items []struct{ Content string } }
	err := h.client.Get(ctx, "/ticket/"+url.PathEscape(n.Ticket.ID)+"/attachments", url.Values{
		"fields": {"Content"}, "orderby": {"id"}, "order": {"DESC"}, "per_page": {strconv.Itoa(searched)},
	}, &reply)
	if err != nil {
		return false, h.explain(err)
	}
	for _, a := range reply.Items {
		if strings.Contains(a.Content, n.Mark()) {
			return true, nil
		}
	}
	return false, nil
}
