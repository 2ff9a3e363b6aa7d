//go:build e2e

package znuny_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"traybell/hub/helpdesk"
	"traybell/hub/helpdesk/helpdesktest"
	"traybell/hub/helpdesk/znuny"
	"traybell/shared/protocol"
)

// realZnuny returns the options for the Znuny at TRAYBELL_ZNUNY, such as
// http://127.0.0.1:18080/otrs. It has the shipped web service, the two dynamic fields, the
// customers ivanov and petrova, and the agent traybell with rights on the queue Raw.
func realZnuny(t *testing.T) znuny.Options {
	t.Helper()
	base := os.Getenv("TRAYBELL_ZNUNY")
	if base == "" {
		t.Skip("TRAYBELL_ZNUNY is not set")
	}
	return znuny.Options{
		URL: base, WebService: os.Getenv("TRAYBELL_ZNUNY_WEBSERVICE"), Username: "traybell",
		Password:        cmp.Or(os.Getenv("TRAYBELL_ZNUNY_PASSWORD"), "traybellpw"),
		UnknownCustomer: "petrova", CallField: callField, CallerField: callerField,
		Timeout: 20 * time.Second, Log: slog.New(slog.DiscardHandler),
	}
}

// readReal reads a ticket and its article without the adapter.
func readReal(t *testing.T, o znuny.Options, ticket helpdesk.Ticket) (title, body, customer string) {
	t.Helper()
	query := url.Values{
		"UserLogin": {o.Username}, "Password": {o.Password}, "AllArticles": {"1"}, "DynamicFields": {"1"},
	}
	content := helpdesktest.Page(t, o.URL+"/nph-genericinterface.pl/Webservice/"+
		cmp.Or(o.WebService, znuny.DefaultWebService)+"/Ticket/"+ticket.ID+"?"+query.Encode(), nil)
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
		t.Errorf("article = %+v", a)
	}
	return found.Title, found.Article[0].Body, found.CustomerUserID
}

func TestRealZnuny(t *testing.T) {
	o := realZnuny(t)
	helpdesktest.Run(t, func(t *testing.T) helpdesktest.Desk {
		return helpdesktest.Desk{
			Adapter: newDesk(t, o), Name: "Znuny, OTRS, OTOBO", Real: true, Closed: "closed successful", Cannot: cannot,
			Read: func(t *testing.T, ticket helpdesk.Ticket) (title, body, customer string) {
				return readReal(t, o, ticket)
			},
		}
	})
}

func TestRealZnunyChecks(t *testing.T) {
	o := realZnuny(t)
	found, err := newDesk(t, o).Check(t.Context(), nil)
	if err != nil || !strings.Contains(strings.Join(found, "\n"), `"CallerNumber" exists`) {
		t.Errorf("%q, %v", found, err)
	}
	o.CallField, o.CallerField = "NoSuchField", "NorThisOne"
	_, err = newDesk(t, o).Check(t.Context(), nil)
	if err == nil || !strings.Contains(err.Error(), `"NoSuchField"`) || !strings.Contains(err.Error(), `"NorThisOne"`) {
		t.Errorf("missing fields: %v", err)
	}
	o.WebService = "Trayball" // replies with nothing after 5 s
	_, err = newDesk(t, o).Check(t.Context(), nil)
	wantError(t, err, true, false, `no valid web service named "Trayball"`)
}

func TestRealZnunyRefuses(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(o *znuny.Options, d *helpdesk.Draft)
		want   string
	}{
		{"wrong password", func(o *znuny.Options, _ *helpdesk.Draft) {
			o.Password = "wrong"
		}, "refuses the hub's user"},
		{"wrong queue", func(_ *znuny.Options, d *helpdesk.Draft) {
			d.Queue = "Rav"
		}, `queue "Rav" does not exist`},
		{"no queue", func(_ *znuny.Options, d *helpdesk.Draft) { d.Queue = "" }, "ticket's queue"},
		{"wrong state", func(_ *znuny.Options, d *helpdesk.Draft) { d.State = "neu" }, `state "neu"`},
		{"wrong priority", func(_ *znuny.Options, d *helpdesk.Draft) { d.Priority = "9" }, `priority "9"`},
		{"wrong owner", func(_ *znuny.Options, d *helpdesk.Draft) { d.Owner = "stranger" }, `owner "stranger"`},
		{"wrong type", func(_ *znuny.Options, d *helpdesk.Draft) { d.Type = "Nonsense" }, `type "Nonsense"`},
		{"wrong field", func(o *znuny.Options, _ *helpdesk.Draft) {
			o.CallerField = "NoSuchField"
		}, "lacks a dynamic field"},
		{"unknown customer", func(o *znuny.Options, d *helpdesk.Draft) {
			o.UnknownCustomer, d.Customer = "", &protocol.Customer{Login: "sidorov"}
		}, `does not know the customer "sidorov"`},
		{"wrong route", func(o *znuny.Options, _ *helpdesk.Draft) {
			o.Routes.Create = "/Tickets"
		}, "has no route POST /Tickets"},
		{"wrong folder", func(o *znuny.Options, _ *helpdesk.Draft) {
			o.URL += "/nowhere"
		}, "no web service at"},
	} {
		t.Run(test.name, func(t *testing.T) {
			o, d := realZnuny(t), helpdesktest.NewDraft("refused")
			test.change(&o, &d)
			_, err := newDesk(t, o).Create(t.Context(), d)
			wantError(t, err, false, false, test.want)
		})
	}
}

func TestRealZnunyCannotFindByMissingField(t *testing.T) {
	o := realZnuny(t)
	o.CallField = "NoSuchField"
	_, _, err := newDesk(t, o).Find(t.Context(), "main:1.0")
	wantError(t, err, false, false, `no dynamic field "NoSuchField"`)
	if !errors.Is(err, helpdesk.ErrCannotLookUp) {
		t.Errorf("got %v, want ErrCannotLookUp", err)
	}
}

func TestRealZnunyTicketURL(t *testing.T) {
	o := realZnuny(t)
	made, err := newDesk(t, o).Create(t.Context(), helpdesktest.NewDraft("link"))
	if err != nil {
		t.Fatal(err)
	}
	// Without a session the page is the sign-in form, which contains the requested page.
	if page := helpdesktest.Page(t, made.URL, nil); !strings.Contains(string(page), "TicketNumber="+made.Number) {
		t.Errorf("%s:\n%s", made.URL, page)
	}
}

func TestRealZnunyFindsNoMergedTickets(t *testing.T) {
	o := realZnuny(t)
	h := newDesk(t, o)
	made, err := h.Create(t.Context(), helpdesktest.NewDraft("merged"))
	if err != nil {
		t.Fatal(err)
	}
	body := `{"UserLogin":"` + o.Username + `","Password":"` + o.Password + `","Ticket":{"State":"merged"}}`
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPatch, o.URL+"/nph-genericinterface.pl/Webservice/"+
		cmp.Or(o.WebService, znuny.DefaultWebService)+"/Ticket/"+made.ID, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	reply, err := io.ReadAll(resp.Body)
	if err != nil || !strings.Contains(string(reply), `"TicketNumber"`) {
		t.Fatalf("%v, %s", err, reply)
	}
	if got, ok, err := h.ByNumber(t.Context(), made.Number); ok || err != nil {
		t.Errorf("%+v, %v", got, err)
	}
}
