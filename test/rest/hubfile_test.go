package rest

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"traybell/hub/access"
	"traybell/shared/protocol"
	"traybell/test/rest/client"
	"traybell/test/terminal"
)

// file returns hub.yml.
func (o *office) file() string {
	o.t.Helper()
	text, err := os.ReadFile(filepath.Join(o.dir, "hub.yml"))
	if err != nil {
		o.t.Fatal(err)
	}
	return string(text)
}

// plans plans a change of hub.yml.
func (o *office) plans(did driven, e client.Edit) client.Draft {
	o.t.Helper()
	planned, err := o.as(access.Admin).PlanChangeWithResponse(o.t.Context(), &client.PlanChangeParams{}, e)
	did.ok(o.t, "planChange", err, planned, planned.Body)
	return *planned.JSON200
}

// hubFile adds an agent, who signs in, and drops another change.
func (o *office) hubFile(did driven) {
	t, ctx, c := o.t, o.t.Context(), o.as(access.Admin)
	before := o.file()
	list, err := c.ListEntriesWithResponse(ctx, client.ListEntriesParamsListAgents)
	did.ok(t, "listEntries", err, list, list.Body)
	if text := string(list.Body); len(list.JSON200.Entries) != 2 || strings.Contains(text, "argon2") ||
		!strings.Contains(text, `"key":"extensions"`) || list.JSON200.Locked != nil {
		t.Errorf("%s", list.Body)
	}
	draft := o.plans(did, client.Edit{
		List: client.EditListAgents, Action: client.Add,
		Values: &map[string]any{"login": "vera", "extensions": []string{"103"}, "teams": []string{"sales"}},
	})
	shown, err := c.GetChangeWithResponse(ctx, *draft.Id)
	did.ok(t, "getChange", err, shown, shown.Body)
	if o.file() != before || *shown.JSON200.Fingerprint != *draft.Fingerprint ||
		!strings.Contains(*shown.JSON200.Diff, "+  - {login: vera, extensions: [\"103\"], password: ***") ||
		draft.Password != nil {
		t.Errorf("%s\n%s", shown.Body, o.file())
	}
	done, err := c.ConfirmChangeWithResponse(ctx, *draft.Id, &client.ConfirmChangeParams{},
		client.ConfirmChangeJSONRequestBody{Fingerprint: *draft.Fingerprint})
	did.ok(t, "confirmChange", err, done, done.Body)
	if done.JSON200.State != client.Applied || done.JSON200.Password == nil {
		t.Fatalf("%s", done.Body)
	}
	k, _, err := terminal.Open(ctx, o.app.Addr(), terminal.Options{}, protocol.OpenSession{
		Protocol: protocol.Version, Extension: "103", Password: *done.JSON200.Password,
		Client: protocol.Client{Desktop: "new"},
	})
	if err != nil {
		t.Fatalf("the new agent: %v", err)
	}
	_ = k.CloseNow()

	entry := "vera"
	draft = o.plans(did, client.Edit{List: client.EditListAgents, Action: client.Remove, Entry: &entry})
	dropped, err := c.CancelChangeWithResponse(ctx, *draft.Id)
	did.ok(t, "cancelChange", err, dropped, dropped.Body)
	if !strings.Contains(o.file(), "vera") {
		t.Error("a dropped change was made")
	}
}

// A generated password is in the answer, and nowhere on the disk.
func TestAGeneratedPasswordIsNotKept(t *testing.T) {
	o, did := open(t, ""), driven{}
	entry, generate := "anna", true
	draft := o.plans(did, client.Edit{
		List: client.EditListAgents, Action: client.Set, Entry: &entry, Generate: &generate,
	})
	confirm := func() (*http.Response, string) {
		return o.do(http.MethodPost, "/hub/configuration/changes/"+*draft.Id+"/confirm", o.tokens[access.Admin],
			http.Header{"Idempotency-Key": {"new"}, "Content-Type": {"application/json"}},
			strings.NewReader(`{"fingerprint":"`+*draft.Fingerprint+`"}`))
	}
	answer, body := confirm()
	_, password, ok := strings.Cut(body, `"password":"`)
	if password, _, _ = strings.Cut(password, `"`); answer.StatusCode != http.StatusOK || !ok {
		t.Fatalf("%s %s", answer.Status, body)
	}
	again, body := confirm()
	problem(t, again, body, http.StatusGone)
	if o.changes("hub.edit") != 1 {
		t.Errorf("changed %d times", o.changes("hub.edit"))
	}
	if err := o.app.Stop(); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(o.dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		if strings.Contains(string(text), password) {
			t.Errorf("%s has the password", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// What a program may not do, and what has changed meanwhile.
func TestRefusedChangesOfHubYML(t *testing.T) {
	o, did := open(t, ""), driven{}
	before := o.file()
	const body = `{"list":"agents","action":"set","entry":"anna","values":{"name":"Ann"}}`
	for _, role := range []access.Role{access.View, access.Supervise, access.Notes} {
		token := o.tokens[role]
		answer, text := o.do(http.MethodPost, "/hub/configuration/changes", token, nil, strings.NewReader(body))
		problem(t, answer, text, http.StatusForbidden)
		answer, text = o.do(http.MethodGet, "/hub/configuration/entries/agents", token, nil, nil)
		problem(t, answer, text, http.StatusForbidden)
	}
	entry := "anna"
	draft := o.plans(did, client.Edit{
		List: client.EditListAgents, Action: client.Set, Entry: &entry, Values: &map[string]any{"name": "Ann"},
	})
	if err := os.WriteFile(filepath.Join(o.dir, "hub.yml"), []byte(before+"# mine\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	confirm := func(fingerprint string) (*http.Response, string) {
		return o.do(http.MethodPost, "/hub/configuration/changes/"+*draft.Id+"/confirm", o.tokens[access.Admin], nil,
			strings.NewReader(`{"fingerprint":"`+fingerprint+`"}`))
	}
	answer, text := confirm(*draft.Fingerprint)
	problem(t, answer, text, http.StatusConflict)
	if !strings.HasSuffix(o.file(), "# mine\n") || strings.Contains(o.file(), "Ann,") {
		t.Error(o.file())
	}
	shown, err := o.as(access.Admin).GetChangeWithResponse(t.Context(), *draft.Id)
	did.ok(t, "getChange", err, shown, shown.Body)
	if answer, text := confirm(*shown.JSON200.Fingerprint); answer.StatusCode != http.StatusOK {
		t.Errorf("%s %s", answer.Status, text)
	}
	if text := o.file(); !strings.HasSuffix(text, "# mine\n") || !strings.Contains(text, "name: Ann,") {
		t.Error(text)
	}
	bad := o.plans(did, client.Edit{
		List: client.EditListAgents, Action: client.Set, Entry: &entry,
		Values: &map[string]any{"extensions": []string{"1 2"}},
	})
	if bad.Id != nil || len(bad.Problems) != 1 || *bad.Problems[0].Field != "extensions" ||
		strings.Contains(*bad.Problems[0].Excerpt, "argon2") {
		t.Errorf("%+v", bad)
	}
}
