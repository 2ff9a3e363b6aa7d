package app_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"traybell/hub/helpdesk"
	"traybell/hub/helpdesk/znuny"
	"traybell/hub/tickettemplate"
	"traybell/test/ticketing"
)

// interfaceOfZnuny is a Generic Interface that creates and finds tickets.
type interfaceOfZnuny struct {
	mu       sync.Mutex
	sessions int
	made     []string // the call of each ticket, in order of creation
}

func (z *interfaceOfZnuny) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var in struct {
		DynamicField []struct{ Name, Value string }
		Search       struct{ Equals string } `json:"DynamicField_CallUniqueID"`
	}
	_ = json.Unmarshal(body, &in)
	z.mu.Lock()
	defer z.mu.Unlock()
	route := r.URL.Path[strings.LastIndex(r.URL.Path, "Traybell/")+len("Traybell/"):]
	switch {
	case route == "Session":
		z.sessions++
		reply(w, map[string]any{"SessionID": fmt.Sprint("s", z.sessions)})
	case route == "Ticket" && r.Method == http.MethodPost:
		z.made = append(z.made,
			in.DynamicField[slices.IndexFunc(in.DynamicField, func(f struct{ Name, Value string }) bool {
				return f.Name == "CallUniqueID"
			})].Value)
		reply(w, map[string]any{"TicketID": strconv.Itoa(len(z.made)), "TicketNumber": number(len(z.made))})
	case route == "TicketSearch":
		var ids []string
		for i, c := range z.made {
			if c == in.Search.Equals {
				ids = append(ids, strconv.Itoa(i+1))
			}
		}
		if ids == nil {
			reply(w, map[string]any{})
			return
		}
		reply(w, map[string]any{"TicketID": ids})
	default: // TicketGet
		list := []map[string]any{}
		for each := range strings.SplitSeq(strings.TrimPrefix(route, "Ticket/"), ",") {
			if n, err := strconv.Atoi(each); err == nil && n > 0 && n <= len(z.made) {
				list = append(list, map[string]any{
					"TicketID": n, "TicketNumber": number(n),
					"DynamicField": []map[string]any{{"Name": "CallUniqueID", "Value": z.made[n-1]}},
				})
			}
		}
		reply(w, map[string]any{"Ticket": list})
	}
}

func (z *interfaceOfZnuny) tickets() []string {
	z.mu.Lock()
	defer z.mu.Unlock()
	return slices.Clone(z.made)
}

func reply(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

func number(n int) string { return fmt.Sprintf("20261122%08d", n) }

// 1,000 presses, a help desk that breaks requests and has an outage, and a restart of the hub
// result in 1,000 tickets, one per call, and every agent gets the number.
func aThousandPresses(t *testing.T) fault {
	n := 1000
	if testing.Short() {
		n = 100
	}
	z := &interfaceOfZnuny{}
	r := ticketing.Presses(t, n, ticketing.Server{
		Handler: z, Made: z.tickets, Template: tickettemplate.Text{Queue: "Raw"},
		New: func(url string, timeout time.Duration) (helpdesk.HelpDesk, error) {
			return znuny.New(znuny.Options{
				URL: url, Username: "traybell", Password: "x", UnknownCustomer: "unknown", CallField: "CallUniqueID",
				Timeout: timeout, Log: slog.New(slog.DiscardHandler),
			})
		},
		Faults: []ticketing.Fault{
			{Name: "session lost", Reply: func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
				reply(w, map[string]any{
					"Error": map[string]string{
						"ErrorCode": "TicketCreate.AuthFail", "ErrorMessage": "TicketCreate: Authorization failing!",
					},
				})
			}},
		},
	})
	return fault{
		what: fmt.Sprintf("Help desk: %d requests failed in %d ways (%s), one longer outage, one restart of the hub",
			r.Failed(), len(r.Names)-1, strings.Join(r.Names[1:], ", ")),
		asked: fmt.Sprintf("%d presses of OK", n),
		came:  fmt.Sprintf("%d tickets, each number reported to the agent", r.Tickets),
		lost:  n - r.Calls, doubled: r.Tickets - r.Calls,
	}
}
