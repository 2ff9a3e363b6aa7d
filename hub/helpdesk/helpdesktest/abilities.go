package helpdesktest

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"traybell/hub/helpdesk"
)

// abilities are the columns of the table in docs/help-desks.md.
var abilities = []struct {
	name   string
	cannot func(l Limits) bool
}{
	{"finds a call's ticket", func(l Limits) bool { return l.Find }},
	{"lists open tickets", func(l Limits) bool { return l.List }},
	{"adds notes", func(l Limits) bool { return l.Append }},
	{"accounts talk time", func(l Limits) bool { return l.Account }},
	{"links to the ticket", func(l Limits) bool { return l.Link }},
	{"links to the filled-in form", func(l Limits) bool { return l.Form }},
	{"acts as the agent", func(l Limits) bool { return l.Agent }},
	{"`check` looks up names", func(l Limits) bool { return l.Check }},
	{"its customers as a directory", func(l Limits) bool { return l.Customers }},
	{"finds tickets by number", func(l Limits) bool { return l.Numbers }},
}

// Words of the cells.
const (
	works  = "works"
	cannot = "cannot"
	real   = "the real server"
	fake   = "a fake"
)

// page is the table's page.
const page = "docs/help-desks.md"

// row is the desk's row of the table; tested is what it was tested on.
func (d Desk) row() (cells, tested string) {
	var b strings.Builder
	b.WriteString("| " + d.Name + " |")
	for _, a := range abilities {
		word := works
		if a.cannot(d.Cannot) {
			word = cannot
		}
		b.WriteString(" " + word + " |")
	}
	tested = fake
	if d.Real {
		tested = real
	}
	return b.String(), tested
}

// documented compares the row with the one in the page. A run with a fake does not say whether there
// is one with the real server.
func (d Desk) documented(t *testing.T) {
	t.Helper()
	text := string(read(t, page))
	head := "| Help desk |"
	for _, a := range abilities {
		head += " " + a.name + " |"
	}
	if head += " tested on |"; !strings.Contains(text, head+"\n") {
		t.Errorf("%s lacks the line\n%s", page, head)
	}
	cells, tested := d.row()
	_, rest, found := strings.Cut(text, cells+" ")
	cell, _, _ := strings.Cut(rest, " |\n")
	if !found || cell != real && cell != fake || d.Real && cell != real {
		t.Errorf("%s lacks the line\n%s %s |", page, cells, tested)
	}
}

// read reads a file of the tree.
func read(t *testing.T, name string) []byte {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		} else if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the test")
		}
	}
	content, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name))) //nolint:gosec // of the tree
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// Each part of the talk time is accounted once.
func accountTime(t *testing.T, d Desk) {
	if d.Cannot.Account || d.Accounted == nil {
		t.Skip(cannot)
	}
	ticket, err := d.Create(t.Context(), d.Draft("account"))
	if err != nil {
		t.Fatal(err)
	}
	for i, talk := range []time.Duration{200 * time.Second, time.Second} {
		n := helpdesk.Note{
			Ticket: ticket, Key: "main:1 talk" + strings.Repeat("+", i), Subject: "Call ended", Body: "Talked.",
			Agent: d.Draft("").Agent, Talk: talk,
		}
		if err := d.Append(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	if got := d.Accounted(t, ticket); got < 200*time.Second || got > 6*time.Minute {
		t.Errorf("accounted %v for calls of 200 s and 1 s", got)
	}
}

// The agent who pressed is the ticket's author or owner.
func actAsAgent(t *testing.T, d Desk) {
	if d.Cannot.Agent {
		t.Skip(cannot)
	}
	ticket, err := d.Create(t.Context(), d.Draft("agent"))
	if err != nil {
		t.Fatal(err)
	}
	if got := d.AgentOf(t, ticket); got != "anna" {
		t.Errorf("the agent of the ticket is %q", got)
	}
	draft := d.Draft("stranger")
	draft.Agent.Login, draft.Agent.Name = "stranger", "Not in the help desk"
	if _, err := d.Create(t.Context(), draft); err != nil {
		t.Errorf("the ticket of an agent without account: %v", err)
	}
}

// Check accepts what the drafts use, and names each thing that is missing, with the
// template that it is for and a remedy.
func checkNames(t *testing.T, d Desk) {
	if d.Cannot.Check {
		t.Skip(cannot)
	}
	draft := d.Draft("")
	good := helpdesk.Wanted{
		Template: "good", Queue: draft.Queue, Priority: draft.Priority, State: draft.State, Type: draft.Type,
	}
	found, err := d.Check(t.Context(), []helpdesk.Wanted{good})
	if err != nil || len(found) == 0 {
		t.Fatalf("Check = %q, %v", found, err)
	}
	queue, owner := good, good
	queue.Template, queue.Queue = "badqueue", "nowhere"
	owner.Template, owner.Owner = "badowner", "stranger"
	found, err = d.Check(t.Context(), []helpdesk.Wanted{good, queue, owner})
	if err == nil || len(found) == 0 {
		t.Fatalf("Check = %q, %v", found, err)
	}
	for _, part := range []string{"badqueue", `"nowhere"`, "badowner", `"stranger"`, "hub.yml"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("Check lacks %q:\n%v", part, err)
		}
	}
	if strings.Contains(err.Error(), `"good"`) {
		t.Errorf("Check complains about what exists: %v", err)
	}
}

func linkForm(t *testing.T, d Desk) {
	form, ok := d.Adapter.(helpdesk.Form)
	if ok == d.Cannot.Form {
		t.Fatalf("helpdesk.Form: %v", ok)
	}
	if !ok {
		t.Skip(cannot)
	}
	draft := d.Draft("")
	address, err := form.FormLink(t.Context(), helpdesk.Wanted{Template: "good", Queue: draft.Queue, Type: draft.Type})
	if err != nil || !strings.HasPrefix(address, "http") || !strings.Contains(address, "<PIM_CALLID>") {
		t.Errorf("FormLink = %q, %v", address, err)
	}
	if d.OpenForm != nil {
		d.OpenForm(t, address)
	}
}

// All pages together: ivanov and petrova have their numbers, no row comes twice.
func listCustomers(t *testing.T, d Desk) {
	source, ok := d.Adapter.(helpdesk.Customers)
	if ok == d.Cannot.Customers {
		t.Fatalf("helpdesk.Customers: %v", ok)
	}
	if !ok {
		t.Skip(cannot)
	}
	phones, keys := map[string]string{}, map[string]bool{}
	for number := range 100 {
		got, err := source.Customers(t.Context(), number)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range got.Rows {
			if row.Key == "" || keys[row.Key] {
				t.Errorf("key %q of %+v is empty or used", row.Key, row.Who)
			}
			keys[row.Key] = true
			if row.Who.Login != "" {
				phones[row.Who.Login] = row.Who.Phone
			}
		}
		if !got.More {
			if got.Total != len(keys) {
				t.Errorf("%d rows, total %d", len(keys), got.Total)
			}
			break
		}
	}
	if phones["ivanov"] != "+7 (495) 123-45-67" || !strings.Contains(phones["petrova"], "123-45-67 ext. 12") {
		t.Errorf("numbers: %q", phones)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := source.Customers(ctx, 0); err == nil {
		t.Error("a cancelled read has no error")
	}
}
