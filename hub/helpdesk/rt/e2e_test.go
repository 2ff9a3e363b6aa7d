//go:build e2e

package rt_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"traybell/hub/helpdesk"
	"traybell/hub/helpdesk/helpdesktest"
	"traybell/hub/helpdesk/rt"
)

// realRT returns the options for the Request Tracker at TRAYBELL_RT. test/lab/rt.sh has its users,
// queues and fields.
func realRT(t *testing.T) rt.Options {
	t.Helper()
	base := os.Getenv("TRAYBELL_RT")
	if base == "" {
		t.Skip("TRAYBELL_RT is not set")
	}
	return rt.Options{
		URL: base, Token: os.Getenv("TRAYBELL_RT_TOKEN"), CallField: callField, CallerField: callerField, AsAgent: true,
		Timeout: 30 * time.Second, Log: slog.New(slog.DiscardHandler),
	}
}

// readReal reads what REST has at a path.
func readReal(t *testing.T, o rt.Options, path string, into any) {
	t.Helper()
	content := helpdesktest.Page(t, o.URL+"/REST/2.0"+path, http.Header{"Authorization": {"token " + o.Token}})
	if err := json.Unmarshal(content, into); err != nil {
		t.Fatalf("%v in %s", err, content)
	}
}

func TestRealRT(t *testing.T) {
	o := realRT(t)
	helpdesktest.Run(t, func(t *testing.T) helpdesktest.Desk {
		desk := newDesk(t, o)
		of := func(t *testing.T, ticket helpdesk.Ticket) (got struct {
			Subject, TimeWorked string
			Requestor           []struct{ ID string }
			Owner               struct{ ID string }
		},
		) {
			readReal(t, o, "/ticket/"+ticket.ID, &got)
			return got
		}
		return helpdesktest.Desk{
			Adapter: desk, Name: "Request Tracker", Real: true, Closed: "resolved",
			Read: func(t *testing.T, ticket helpdesk.Ticket) (title, body, customer string) {
				got := of(t, ticket)
				var texts struct{ Items []struct{ Content string } }
				readReal(t, o, "/ticket/"+ticket.ID+"/attachments?fields=Content", &texts)
				for _, r := range got.Requestor {
					customer = r.ID
				}
				return got.Subject, texts.Items[0].Content, customer
			},
			Accounted: func(t *testing.T, ticket helpdesk.Ticket) time.Duration {
				minutes, err := strconv.Atoi(of(t, ticket).TimeWorked)
				if err != nil {
					t.Error(err)
				}
				return time.Duration(minutes) * time.Minute
			},
			AgentOf: func(t *testing.T, ticket helpdesk.Ticket) string { return of(t, ticket).Owner.ID },
		}
	})
}

func TestRealRTRefuses(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(o *rt.Options, d *helpdesk.Draft)
		want   string
	}{
		{"wrong token", func(o *rt.Options, _ *helpdesk.Draft) { o.Token = "1-2-3" }, "help_desk.token"},
		{"wrong queue", func(_ *rt.Options, d *helpdesk.Draft) { d.Queue = "Rav" }, `queue "Rav" does not exist`},
		{"no queue", func(_ *rt.Options, d *helpdesk.Draft) { d.Queue = "" }, "requires the ticket's queue"},
		{"wrong state", func(_ *rt.Options, d *helpdesk.Draft) { d.State = "neu" }, `state "neu"`},
		{"wrong field", func(o *rt.Options, _ *helpdesk.Draft) { o.CallField = "Nope" }, `custom field "Nope"`},
		{"wrong address", func(o *rt.Options, _ *helpdesk.Draft) { o.URL += "/nowhere" }, "help_desk.url"},
	} {
		t.Run(test.name, func(t *testing.T) {
			o, d := realRT(t), helpdesktest.NewDraft("refused")
			test.change(&o, &d)
			_, err := newDesk(t, o).Create(t.Context(), d)
			helpdesktest.WantError(t, err, false, false, test.want)
		})
	}
	o := realRT(t)
	o.CallField = "Nope"
	if _, _, err := newDesk(t, o).Find(t.Context(), "main:1.0"); !strings.Contains(err.Error(), `"Nope"`) {
		t.Errorf("Find by a missing field: %v", err)
	}
}

func TestRealRTFollowsMergedTickets(t *testing.T) {
	o := realRT(t)
	h := newDesk(t, o)
	var made []helpdesk.Ticket
	for _, customer := range []string{"ivanov", "petrova"} {
		draft := helpdesktest.NewDraft("merged")
		draft.Customer.Login = customer
		ticket, err := h.Create(t.Context(), draft)
		if err != nil {
			t.Fatal(err)
		}
		made = append(made, ticket)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, o.URL+"/REST/2.0/ticket/"+made[1].ID,
		strings.NewReader(`{"MergeInto":`+made[0].ID+`}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "token "+o.Token)
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	got, ok, err := h.ByNumber(t.Context(), made[1].Number)
	if err != nil || !ok || got.Ticket != made[0] || got.Others("ivanov") || got.Others("petrova") {
		t.Errorf("HTTP %s, then %+v, %v, %v", resp.Status, got, ok, err)
	}
}
