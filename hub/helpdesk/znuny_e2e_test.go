//go:build e2e

package helpdesk_test

import (
	"cmp"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"traybell/hub/helpdesk"
	"traybell/shared/protocol"
)

// realZnuny is a Znuny with the shipped web service, the two dynamic fields, the customers ivanov
// and petrova, and the agent traybell with rights on the queue Raw. TRAYBELL_ZNUNY is its address,
// such as http://127.0.0.1:18080/otrs.
func realZnuny(t *testing.T) helpdesk.ZnunyOptions {
	t.Helper()
	base := os.Getenv("TRAYBELL_ZNUNY")
	if base == "" {
		t.Skip("TRAYBELL_ZNUNY names no Znuny")
	}
	return helpdesk.ZnunyOptions{
		URL: base, WebService: os.Getenv("TRAYBELL_ZNUNY_WEBSERVICE"), Username: "traybell",
		Password:        cmp.Or(os.Getenv("TRAYBELL_ZNUNY_PASSWORD"), "traybellpw"),
		UnknownCustomer: "petrova", CallField: callField, CallerField: callerField,
		Timeout: 20 * time.Second, Log: slog.New(slog.DiscardHandler),
	}
}

// readReal reads a ticket and its article beside the adapter.
func readReal(t *testing.T, o helpdesk.ZnunyOptions, ticket helpdesk.Ticket) (title, body, customer string) {
	t.Helper()
	query := url.Values{
		"UserLogin": {o.Username}, "Password": {o.Password}, "AllArticles": {"1"}, "DynamicFields": {"1"},
	}
	resp, err := http.Get(o.URL + "/nph-genericinterface.pl/Webservice/" + cmp.Or(o.WebService, "Traybell") +
		"/Ticket/" + ticket.ID + "?" + query.Encode())
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	content, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Ticket []struct {
			Title, CustomerUserID string
			Article               []struct{ Body, SenderType, CommunicationChannel string }
		}
	}
	if err := json.Unmarshal(content, &got); err != nil || len(got.Ticket) != 1 || len(got.Ticket[0].Article) != 1 {
		t.Fatalf("%v in %s", err, content)
	}
	found := got.Ticket[0]
	if a := found.Article[0]; a.SenderType != "customer" {
		t.Errorf("the article is %+v", a)
	}
	return found.Title, found.Article[0].Body, found.CustomerUserID
}

func TestRealZnuny(t *testing.T) {
	o := realZnuny(t)
	conformance(t, func(t *testing.T) underTest {
		return underTest{newZnuny(t, o), func(t *testing.T, ticket helpdesk.Ticket) (title, body, customer string) {
			return readReal(t, o, ticket)
		}}
	})
}

func TestRealZnunyChecks(t *testing.T) {
	o := realZnuny(t)
	seen, err := newZnuny(t, o).Check(t.Context())
	if err != nil || !strings.Contains(strings.Join(seen, "\n"), `"CallerNumber" is there`) {
		t.Errorf("%q, %v", seen, err)
	}
	o.CallField, o.CallerField = "NoSuchField", "NorThisOne"
	_, err = newZnuny(t, o).Check(t.Context())
	if err == nil || !strings.Contains(err.Error(), `"NoSuchField"`) || !strings.Contains(err.Error(), `"NorThisOne"`) {
		t.Errorf("the missing fields: %v", err)
	}
	o.WebService = "Trayball" // ends in an empty reply after 5 s
	_, err = newZnuny(t, o).Check(t.Context())
	wantError(t, err, true, false, `no valid web service named "Trayball"`)
}

func TestRealZnunyRefuses(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(o *helpdesk.ZnunyOptions, d *helpdesk.Draft)
		want   string
	}{
		{"wrong password", func(o *helpdesk.ZnunyOptions, _ *helpdesk.Draft) {
			o.Password = "wrong"
		}, "refuses the hub's user"},
		{"wrong queue", func(_ *helpdesk.ZnunyOptions, d *helpdesk.Draft) {
			d.Queue = "Rav"
		}, `queue "Rav" does not exist`},
		{"no queue", func(_ *helpdesk.ZnunyOptions, d *helpdesk.Draft) { d.Queue = "" }, "ticket's queue"},
		{"wrong state", func(_ *helpdesk.ZnunyOptions, d *helpdesk.Draft) { d.State = "neu" }, `state "neu"`},
		{"wrong priority", func(_ *helpdesk.ZnunyOptions, d *helpdesk.Draft) { d.Priority = "9" }, `priority "9"`},
		{"wrong owner", func(_ *helpdesk.ZnunyOptions, d *helpdesk.Draft) { d.Owner = "nobody" }, `owner "nobody"`},
		{"wrong type", func(_ *helpdesk.ZnunyOptions, d *helpdesk.Draft) { d.Type = "Nonsense" }, `type "Nonsense"`},
		{"wrong field", func(o *helpdesk.ZnunyOptions, _ *helpdesk.Draft) {
			o.CallerField = "NoSuchField"
		}, "lacks a dynamic field"},
		{"unknown customer", func(o *helpdesk.ZnunyOptions, d *helpdesk.Draft) {
			o.UnknownCustomer, d.Customer = "", &protocol.Customer{Login: "sidorov"}
		}, `does not know the customer "sidorov"`},
		{"wrong route", func(o *helpdesk.ZnunyOptions, _ *helpdesk.Draft) {
			o.Routes.Create = "/Tickets"
		}, "has no route POST /Tickets"},
		{"wrong folder", func(o *helpdesk.ZnunyOptions, _ *helpdesk.Draft) {
			o.URL += "/nowhere"
		}, "no web service at"},
	} {
		t.Run(test.name, func(t *testing.T) {
			o, d := realZnuny(t), newDraft("refused")
			test.change(&o, &d)
			_, err := newZnuny(t, o).Create(t.Context(), d)
			wantError(t, err, false, false, test.want)
		})
	}
}

func TestRealZnunyFindsNothingByAMissingField(t *testing.T) {
	o := realZnuny(t)
	o.CallField = "NoSuchField"
	_, _, err := newZnuny(t, o).Find(t.Context(), "main:1.0")
	wantError(t, err, false, false, `no dynamic field "NoSuchField"`)
}

func TestRealZnunyFollowsItsLinkToTheTicket(t *testing.T) {
	o := realZnuny(t)
	made, err := newZnuny(t, o).Create(t.Context(), newDraft("link"))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Get(made.URL) // not signed in: the sign-in page keeps where to go
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(string(page), "TicketNumber="+made.Number) {
		t.Errorf("%s: %s, %v", made.URL, resp.Status, err)
	}
}
