//go:build e2e

package redmine_test

import (
	"encoding/json"
	"log/slog"
	"math"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"traybell/hub/helpdesk"
	"traybell/hub/helpdesk/helpdesktest"
	"traybell/hub/helpdesk/redmine"
)

// realRedmine returns the options for the Redmine at TRAYBELL_REDMINE, with an administrator's key.
// test/lab/redmine.sh has its users, projects and fields.
func realRedmine(t *testing.T) redmine.Options {
	t.Helper()
	base := os.Getenv("TRAYBELL_REDMINE")
	if base == "" {
		t.Skip("TRAYBELL_REDMINE is not set")
	}
	return redmine.Options{
		URL: base, Key: os.Getenv("TRAYBELL_REDMINE_KEY"), CallField: callField, CallerField: callerField,
		CustomerField: customerField, PhoneFields: []string{"Phone"}, AsAgent: true, Timeout: 30 * time.Second,
		Log: slog.New(slog.DiscardHandler),
	}
}

func TestRealRedmine(t *testing.T) {
	o := realRedmine(t)
	helpdesktest.Run(t, func(t *testing.T) helpdesktest.Desk {
		of := func(t *testing.T, ticket helpdesk.Ticket) (got struct {
			Issue struct {
				Subject, Description string
				Hours                float64 `json:"spent_hours"`
				Author               struct{ ID int }
				Fields               []struct {
					Name  string
					Value any
				} `json:"custom_fields"`
			}
		},
		) {
			t.Helper()
			content := helpdesktest.Page(t, o.URL+"/issues/"+ticket.ID+".json",
				http.Header{"X-Redmine-API-Key": {o.Key}})
			if err := json.Unmarshal(content, &got); err != nil {
				t.Fatalf("%v in %s", err, content)
			}
			return got
		}
		return helpdesktest.Desk{
			Adapter: newDesk(t, o), Name: "Redmine", Real: true, Closed: "Closed", Fit: fit,
			Read: func(t *testing.T, ticket helpdesk.Ticket) (title, body, customer string) {
				i := of(t, ticket).Issue
				for _, f := range i.Fields {
					if f.Name == customerField {
						customer, _ = f.Value.(string)
					}
				}
				return i.Subject, strings.ReplaceAll(i.Description, "\r\n", "\n"), customer
			},
			Accounted: func(t *testing.T, ticket helpdesk.Ticket) time.Duration {
				return time.Duration(math.Round(of(t, ticket).Issue.Hours*60)) * time.Minute
			},
			AgentOf: func(t *testing.T, ticket helpdesk.Ticket) string {
				if of(t, ticket).Issue.Author.ID == 6 {
					return "anna"
				}
				return "another"
			},
		}
	})
}

func TestRealRedmineRefuses(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(o *redmine.Options, d *helpdesk.Draft)
		want   string
	}{
		{"wrong key", func(o *redmine.Options, _ *helpdesk.Draft) { o.Key = "wrong" }, "help_desk.token"},
		{"wrong project", func(_ *redmine.Options, d *helpdesk.Draft) { d.Queue = "row" }, `project "row"`},
		{"wrong tracker", func(_ *redmine.Options, d *helpdesk.Draft) { d.Type = "Incident" }, `tracker "Incident"`},
		{"wrong state", func(_ *redmine.Options, d *helpdesk.Draft) { d.State = "neu" }, `status "neu"`},
		{"wrong owner", func(_ *redmine.Options, d *helpdesk.Draft) { d.Owner = "stranger" }, `"stranger"`},
		{
			"wrong field",
			func(o *redmine.Options, _ *helpdesk.Draft) { o.CallField = "Nope" },
			`custom field for issues "Nope"`,
		},
		{"wrong address", func(o *redmine.Options, _ *helpdesk.Draft) { o.URL += "/nowhere" }, "help_desk.url"},
	} {
		t.Run(test.name, func(t *testing.T) {
			o, d := realRedmine(t), newDraft("refused")
			test.change(&o, &d)
			_, err := newDesk(t, o).Create(t.Context(), d)
			helpdesktest.WantError(t, err, false, false, test.want)
		})
	}
}

// CallerNumber is not a filter in the lab.
func TestRealRedmineFindsByFiltersOnly(t *testing.T) {
	o := realRedmine(t)
	o.CallField = callerField
	_, _, err := newDesk(t, o).Find(t.Context(), "main:1.0")
	helpdesktest.WantError(t, err, false, false, "Used as a filter")
}
