package helpdesk

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"traybell/shared/protocol"
)

// notesLooked is how many of a ticket's newest articles are looked through for a note.
const notesLooked = 20

// OpenTickets returns the customer's tickets that are open in any sense, the newest first. "Open"
// alone would leave out those that are new.
func (z *Znuny) OpenTickets(ctx context.Context, customer string) (OpenTickets, error) {
	if customer == "" || strings.ContainsAny(customer, "*%") { // the search takes them for wildcards
		return OpenTickets{}, nil
	}
	ids, err := z.search(ctx, map[string]any{
		"CustomerUserLogin": customer, "StateType": []string{"new", "open", "pending reminder", "pending auto"},
		"Limit": protocol.MostCounted, "SortBy": "Age", "OrderBy": "Down",
	})
	if err != nil || len(ids) == 0 {
		return OpenTickets{}, z.explain(err, Draft{}, "")
	}
	// Its order is of whole seconds; of two tickets the newer has the larger id.
	slices.SortFunc(ids, func(a, b id) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(b, a)) })
	open := OpenTickets{Count: len(ids), Page: z.listOf(customer)}
	newest := ids[:min(len(ids), mostOpen)]
	tickets, err := z.get(ctx, newest)
	if err != nil {
		return OpenTickets{}, z.explain(err, Draft{}, "")
	}
	byID := make(map[id]foundTicket, len(tickets))
	for _, t := range tickets {
		byID[t.TicketID] = t
	}
	for _, each := range newest { // in the order of the search, whatever order they come in
		if t, ok := byID[each]; ok {
			open.Newest = append(open.Newest, OpenTicket{
				Ticket: Ticket{
					ID: string(t.TicketID), Number: string(t.TicketNumber), URL: z.zoom(string(t.TicketNumber)),
				},
				Title: t.Title,
			})
		}
	}
	return open, nil
}

// listOf is the help desk's own search for a customer's open tickets, as its customer information
// links to it.
func (z *Znuny) listOf(customer string) string {
	field := "CustomerUserLoginRaw"
	if z.o.Version == 5 {
		field = "CustomerUserLogin"
	}
	return z.base + "/index.pl?Action=AgentTicketSearch;Subaction=Search;StateType=Open;" + field + "=" +
		url.QueryEscape(customer)
}

// Append adds an article: a call of the customer, or with Talk an agent's internal note that
// accounts the time.
func (z *Znuny) Append(ctx context.Context, n Note) error {
	article := map[string]any{
		"Subject": n.Subject, "Body": strings.TrimRight(n.Body, "\n") + "\n" + mark(n.Key),
		"ContentType": "text/plain; charset=utf-8",
		"SenderType":  "customer", "HistoryType": "PhoneCallCustomer", "HistoryComment": "A call, by traybell",
	}
	visible := 1
	if n.Talk > 0 {
		visible = 0
		article["SenderType"], article["HistoryType"] = "agent", "PhoneCallAgent"
		article["TimeUnit"] = strconv.FormatFloat(n.Talk.Round(6*time.Second).Minutes(), 'f', 1, 64) // minutes
		if n.Talk < 6*time.Second {
			article["TimeUnit"] = "0.1"
		}
	}
	if z.o.Version == 5 {
		article["ArticleType"] = "phone"
	} else {
		article["CommunicationChannel"], article["IsVisibleForCustomer"] = "Phone", visible
	}
	var reply struct{ TicketID id }
	err := z.ask(ctx, request{
		method: http.MethodPatch, route: z.at(z.o.Routes.Update, n.Ticket.ID),
		body: map[string]any{"Article": article}, writes: true,
	}, &reply)
	if err == nil && reply.TicketID == "" {
		err = &failure{kind: strange, sent: true, writes: true, err: errors.New("the reply names no ticket")}
	}
	return z.explain(err, Draft{}, "")
}

// Noted looks for the note among the ticket's newest articles.
func (z *Znuny) Noted(ctx context.Context, n Note) (bool, error) {
	var reply struct {
		Ticket []struct {
			Article []struct{ Body string }
		}
	}
	query := url.Values{"AllArticles": {"1"}, "ArticleOrder": {"DESC"}, "ArticleLimit": {strconv.Itoa(notesLooked)}}
	err := z.ask(ctx, request{method: http.MethodGet, route: z.at(z.o.Routes.Get, n.Ticket.ID), query: query}, &reply)
	if err != nil {
		return false, z.explain(err, Draft{}, "")
	}
	for _, t := range reply.Ticket {
		for _, a := range t.Article {
			if strings.Contains(a.Body, mark(n.Key)) {
				return true, nil
			}
		}
	}
	return false, nil
}

// at fills a ticket's id into a route.
func (z *Znuny) at(route, ticket string) string {
	return strings.ReplaceAll(route, ":TicketID", url.PathEscape(ticket))
}
