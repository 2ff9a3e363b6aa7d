package znuny

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"traybell/hub/helpdesk"
	"traybell/hub/helpdesk/httpclient"
	"traybell/shared/protocol"
)

// searchedArticles is the number of a ticket's newest articles that are searched for a note.
const searchedArticles = 20

// openTypes are the types of the states of open tickets.
var openTypes = []string{"new", "open", "pending reminder", "pending auto"}

// OpenTickets implements helpdesk.HelpDesk. New and pending tickets count as open.
func (h *HelpDesk) OpenTickets(ctx context.Context, customer string) (helpdesk.OpenTickets, error) {
	if customer == "" || strings.ContainsAny(customer, "*%") { // wildcards of the search
		return helpdesk.OpenTickets{}, nil
	}
	ids, err := h.search(ctx, map[string]any{
		"CustomerUserLogin": customer, "StateType": openTypes,
		"Limit": protocol.MostCounted, "SortBy": "Age", "OrderBy": "Down",
	})
	if err != nil || len(ids) == 0 {
		return helpdesk.OpenTickets{}, h.explain(err, helpdesk.Draft{}, "")
	}
	// The help desk sorts by whole seconds; of two tickets the newer has the larger id.
	slices.SortFunc(ids, func(a, b id) int { return compare(b, a) })
	open := helpdesk.OpenTickets{Count: len(ids), Page: h.openPage(customer)}
	newest := ids[:min(len(ids), helpdesk.MaxNewest)]
	tickets, err := h.get(ctx, newest)
	if err != nil {
		return helpdesk.OpenTickets{}, h.explain(err, helpdesk.Draft{}, "")
	}
	byID := make(map[id]foundTicket, len(tickets))
	for _, t := range tickets {
		byID[t.TicketID] = t
	}
	for _, each := range newest { // TicketGet may return another order
		if t, ok := byID[each]; ok {
			open.Newest = append(open.Newest, helpdesk.OpenTicket{
				Ticket: h.ticket(t.TicketID, t.TicketNumber), Title: t.Title,
			})
		}
	}
	return open, nil
}

// ByNumber implements helpdesk.Numbers. The search returns keys only, so it is followed by a read. The
// web service does not tell which ticket a merged one has become.
func (h *HelpDesk) ByNumber(ctx context.Context, number string) (t helpdesk.NumberedTicket, ok bool, err error) {
	if strings.ContainsAny(number, "*%") { // wildcards of the search
		return t, false, nil
	}
	ids, err := h.search(ctx, map[string]any{
		"TicketNumber": number, "StateType": append([]string{"closed"}, openTypes...), "Limit": 1,
	})
	if err != nil || len(ids) == 0 {
		return t, false, h.explain(err, helpdesk.Draft{}, "")
	}
	tickets, err := h.get(ctx, ids)
	if err != nil {
		return t, false, h.explain(err, helpdesk.Draft{}, "")
	}
	for _, each := range tickets {
		if string(each.TicketNumber) == number {
			return helpdesk.NumberedTicket{
				OpenTicket: helpdesk.OpenTicket{Ticket: h.ticket(each.TicketID, each.TicketNumber), Title: each.Title},
				Customers:  helpdesk.Known(h.o.UnknownCustomer, each.CustomerUserID),
			}, true, nil
		}
	}
	return t, false, nil
}

// openPage is the URL of the help desk's search for a customer's open tickets.
func (h *HelpDesk) openPage(customer string) string {
	field := "CustomerUserLoginRaw"
	if h.o.Version == 5 {
		field = "CustomerUserLogin"
	}
	return h.client.URL() + "/index.pl?Action=AgentTicketSearch;Subaction=Search;StateType=Open;" + field + "=" +
		url.QueryEscape(customer)
}

// Append implements helpdesk.HelpDesk. The article is a call of the customer, an internal note of
// an agent or, with Talk, an agent's call that accounts the time.
func (h *HelpDesk) Append(ctx context.Context, n helpdesk.Note) error {
	article := map[string]any{
		"Subject": n.Subject, "Body": n.Text(),
		"ContentType": "text/plain; charset=utf-8",
		"SenderType":  "customer", "HistoryType": "PhoneCallCustomer", "HistoryComment": "A call, by traybell",
	}
	if n.Talk > 0 {
		article["SenderType"], article["HistoryType"] = "agent", "PhoneCallAgent"
		article["TimeUnit"] = strconv.FormatFloat(n.Talk.Round(6*time.Second).Minutes(), 'f', 1, 64) // minutes
		if n.Talk < 6*time.Second {
			article["TimeUnit"] = "0.1"
		}
	}
	h.setChannel(article, n.Talk == 0)
	if n.Internal {
		article["SenderType"], article["HistoryType"] = "agent", "AddNote"
		article["HistoryComment"] = "A note by " + cmp.Or(n.Agent.Name, n.Agent.Login, "traybell")
		h.setInternal(article)
	}
	var reply struct{ TicketID id }
	err := h.ask(ctx, request{
		method: http.MethodPatch, route: h.at(h.o.Routes.Update, n.Ticket.ID),
		body: map[string]any{"Article": article}, writes: true,
	}, &reply)
	if err == nil && reply.TicketID == "" {
		err = httpclient.Lacks("ticket", true)
	}
	return h.explain(err, helpdesk.Draft{}, "")
}

// Noted implements helpdesk.HelpDesk. It searches the ticket's newest articles.
func (h *HelpDesk) Noted(ctx context.Context, n helpdesk.Note) (bool, error) {
	var reply struct {
		Ticket []struct {
			Article []struct{ Body string }
		}
	}
	query := url.Values{
		"AllArticles": {"1"}, "ArticleOrder": {"DESC"}, "ArticleLimit": {strconv.Itoa(searchedArticles)},
	}
	err := h.ask(ctx, request{method: http.MethodGet, route: h.at(h.o.Routes.Get, n.Ticket.ID), query: query}, &reply)
	if err != nil {
		return false, h.explain(err, helpdesk.Draft{}, "")
	}
	for _, t := range reply.Ticket {
		for _, a := range t.Article {
			if strings.Contains(a.Body, n.Mark()) {
				return true, nil
			}
		}
	}
	return false, nil
}

// at puts a ticket's id into a route.
func (h *HelpDesk) at(route, ticket string) string {
	return strings.ReplaceAll(route, ":TicketID", url.PathEscape(ticket))
}
