package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"traybell/hub/access"
	"traybell/hub/ami/amitest"
	"traybell/test/rest/client"
)

// roles says which role each operation needs; it is the only list of them besides the code.
var roles = map[access.Role][]string{
	access.View: {
		"getHub", "getMode", "getLimit", "getConfiguration", "listTerminals", "listLiveCalls", "listCalls",
		"exportCalls", "listTraces", "getTrace", "listCategories", "getCategories", "listBlocks", "getBlocks",
		"listTickets", "getTicket", "listTicketRequests", "listDirectories", "findCustomers", "listPBXs",
		"listNumbers", "listChanges", "listMissed", "explain", "listWebhooks", "listDeliveries",
		"listQueues", "listMobiles", "listAgentStates", "listColleagues", "listTasks", "listWorkTimes",
		"exportWorkTimes", "listAnnouncements", "getAnnouncement",
	},
	access.Supervise: {
		"sendMessage", "endSession", "signOut", "claimMissed", "releaseMissed", "finishMissed",
		"controlCall", "dial", "controlQueue", "setMobile", "setAgentState", "beginTask", "endTask",
		"getBoard", "beginListening", "endListening", "pickUpColleague", "messageColleague",
		"switchAnnouncement", "deleteAnnouncement", "ringAnnouncement", "uploadAnnouncement",
	},
	access.Recordings: {"listRecordings", "getRecording", "revokeLinks"},
	access.Notes: {
		"setCategory", "removeCategory", "block", "unblock", "editTicket", "retryTicketRequest", "dropTicketRequest",
	},
	// agents who are signed in on the pages; pages of calls
	"": {
		"setOwnPassword", "listOwnNumbers", "saveOwnNumber", "removeOwnNumber", "getPageCall", "createPageTicket",
		"addPageNote",
	},
	access.Admin: {
		"setMode", "setLimit", "reload", "readDirectory", "reconnectPBX", "placeTestCall", "retryDeliveries",
		"dropDeliveries", "findRecordings", "deleteRecordings", "listEntries", "planChange", "getChange",
		"confirmChange", "cancelChange", "addMobile", "removeMobile",
	},
}

// bodies are valid ones for the operations that take one.
var bodies = map[string]string{
	"setMode": `{"mode":"active"}`, "setLimit": `{"limit":0}`, "sendMessage": `{"to":{"all":true},"text":"Hello"}`,
	"setCategory": `{"color":"green"}`, "block": `{"number":"+74950000000"}`, "editTicket": `{}`,
	"saveOwnNumber":     `{"name":"Courier"}`,
	"setOwnPassword":    `{"current":"secret","new":"a new one"}`,
	"dropTicketRequest": `{"reason":"why"}`, "placeTestCall": `{"agent":"nobody"}`,
	"planChange": `{"list":"agents","action":"remove","entry":"nobody"}`, "confirmChange": `{"fingerprint":"x"}`,
	"controlCall": `{"agent":"nobody","control":"hangup"}`, "dial": `{"agent":"nobody","number":"102"}`,
	"addMobile": `{"agent":"nobody"}`, "setMobile": `{"on":true}`,
	"controlQueue": `{"agent":"nobody","control":"join"}`, "setAgentState": `{"state":"waiting"}`,
	"pickUpColleague": `{"agent":"nobody"}`, "messageColleague": `{"agent":"nobody","text":"x"}`,
	"switchAnnouncement": `{"on":true}`, "ringAnnouncement": `{}`, "uploadAnnouncement": `"x"`,
	"deleteRecordings": `{"number":"+74950000000"}`,
	"beginListening":   `{"agent":"nobody","mode":"listen"}`,
	"beginTask":        `{"kind":"mail"}`, "endTask": `{}`, "createPageTicket": `{}`, "addPageNote": `{"text":"x"}`,
}

// send sends an operation about a number that nothing knows.
func (o *office) send(op described, token string) (*http.Response, string) {
	path := op.path
	path = strings.ReplaceAll(path, "{list}", "agents")
	for _, name := range []string{
		"{id}", "{call}", "{number}", "{name}", "{pbx}", "{recording}", "{login}",
		"{extension}",
	} {
		path = strings.ReplaceAll(path, name, "+74950000000")
	}
	switch op.id {
	case "findCustomers":
		path += "?text=x"
	case "findRecordings":
		path += "?number=%2B74950000000"
	}
	var body io.Reader
	if op.body {
		body = strings.NewReader(bodies[op.id])
	}
	return o.do(op.method, path, token, nil, body)
}

func TestRoleOfEachOperation(t *testing.T) {
	o := open(t, "")
	for _, op := range operations(t) {
		if !slices.Contains(roles[op.role], op.id) {
			t.Errorf("%s needs the role %s by the document", op.id, op.role)
		}
		answer, body := o.send(op, "")
		problem(t, answer, body, http.StatusUnauthorized)
		for _, has := range access.Roles() {
			answer, body := o.send(op, o.tokens[has])
			may := op.role != "" && (has == op.role || has == access.Admin || op.role == access.View)
			switch {
			case !may:
				problem(t, answer, body, http.StatusForbidden)
			case answer.StatusCode == http.StatusForbidden, answer.StatusCode == http.StatusUnauthorized,
				answer.StatusCode >= http.StatusInternalServerError:
				t.Errorf("%s with the role %s: %s %s", op.id, has, answer.Status, body)
			}
		}
	}
}

func TestTokens(t *testing.T) {
	o := open(t, "")
	good := o.tokens[access.View]
	for name, of := range map[string]struct {
		path   string
		header http.Header
		status int
	}{
		"none":  {"/hub", nil, http.StatusUnauthorized},
		"wrong": {"/hub", http.Header{"Authorization": {"Bearer tbt_x"}}, http.StatusUnauthorized},
		"expired": {
			"/hub", http.Header{"Authorization": {"Bearer " + o.tokens["expired"]}}, http.StatusUnauthorized,
		},
		"Basic":           {"/hub", http.Header{"Authorization": {"Basic " + good}}, http.StatusUnauthorized},
		"empty":           {"/hub", http.Header{"Authorization": {"Bearer "}}, http.StatusUnauthorized},
		"in the URL":      {"/hub?access_token=" + good, nil, http.StatusBadRequest},
		"in the URL also": {"/hub?token=x", http.Header{"Authorization": {"Bearer " + good}}, http.StatusBadRequest},
		"good":            {"/hub", http.Header{"Authorization": {"bearer " + good}}, http.StatusOK},
		"unknown path":    {"/secrets", nil, http.StatusUnauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			answer, body := o.do(http.MethodGet, of.path, "", of.header, nil)
			if of.status != http.StatusOK {
				problem(t, answer, body, of.status)
			} else if answer.StatusCode != of.status {
				t.Errorf("%s %s", answer.Status, body)
			}
			if (of.status == http.StatusUnauthorized) != (answer.Header.Get("WWW-Authenticate") != "") {
				t.Errorf("WWW-Authenticate %q", answer.Header.Get("WWW-Authenticate"))
			}
			if strings.Contains(body, good) {
				t.Errorf("the token comes back: %s", body)
			}
		})
	}
	limited := 0
	for range 100 {
		answer, _ := o.do(http.MethodGet, "/hub", "tbt_wrong", nil, nil)
		if answer.StatusCode == http.StatusTooManyRequests {
			if limited++; answer.Header.Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
		}
	}
	if limited < 20 {
		t.Errorf("%d of 100 wrong tokens were limited", limited)
	}
	if answer, body := o.do(http.MethodGet, "/hub", good, nil, nil); answer.StatusCode != http.StatusOK {
		t.Errorf("wrong tokens lock out a good one: %s %s", answer.Status, body)
	}
}

// browser signs somebody in on the pages and returns the browser's cookies.
func (o *office) browser(name, password string) http.Header {
	o.t.Helper()
	form := url.Values{"name": {name}, "password": {password}}
	r, err := http.NewRequestWithContext(o.t.Context(), http.MethodPost, strings.TrimSuffix(o.url, "/api/1")+"/sign-in",
		strings.NewReader(form.Encode()))
	if err != nil {
		o.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := browser.Transport.RoundTrip(r)
	if err != nil {
		o.t.Fatal(err)
	}
	defer answer.Body.Close()
	var cookies []string
	for _, c := range answer.Cookies() {
		cookies = append(cookies, c.Name+"="+c.Value)
	}
	return http.Header{"Cookie": {strings.Join(cookies, "; ")}}
}

// A browser uses the session of the pages, and no page of another site can.
func TestSessionOfThePages(t *testing.T) {
	o := open(t, "")
	cookie := o.browser("boss", "secret")
	if answer, body := o.do(http.MethodGet, "/hub", "", cookie, nil); answer.StatusCode != http.StatusOK {
		t.Fatalf("%s %s", answer.Status, body)
	}
	cookie.Set("Sec-Fetch-Site", "cross-site")
	answer, body := o.do(http.MethodPut, "/hub/limit", "", cookie, strings.NewReader(`{"limit":1}`))
	if answer.StatusCode != http.StatusForbidden {
		t.Errorf("another site changes the limit: %s %s", answer.Status, body)
	}
	agent := o.browser("101", "secret")
	answer, body = o.do(http.MethodGet, "/hub", "", agent, nil)
	problem(t, answer, body, http.StatusForbidden)
	if answer, body := o.do(http.MethodGet, "/calls", "", agent, nil); answer.StatusCode != http.StatusOK {
		t.Errorf("an agent's own calls: %s %s", answer.Status, body)
	}
	answer, body = o.do(http.MethodPost, "/agents/anna/sign-out", o.tokens[access.Supervise], nil, nil)
	if answer.StatusCode != http.StatusOK {
		t.Errorf("%s %s", answer.Status, body)
	}
	answer, body = o.do(http.MethodGet, "/calls", "", agent, nil)
	problem(t, answer, body, http.StatusUnauthorized)
}

// With the session an agent changes the password, which ends the session.
func TestAgentChangesThePassword(t *testing.T) {
	o := open(t, "")
	agent := o.browser("101", "secret")
	set := func(text string) (*http.Response, string) {
		return o.do(http.MethodPut, "/own/password", "", agent, strings.NewReader(text))
	}
	answer, body := set(`{"current":"x","new":"a new one"}`)
	problem(t, answer, body, http.StatusForbidden)
	agent.Set("Sec-Fetch-Site", "cross-site")
	const change = `{"current":"secret","new":"a new one"}`
	if answer, body = set(change); answer.StatusCode != http.StatusForbidden {
		t.Errorf("another site changes the password: %s %s", answer.Status, body)
	}
	agent.Del("Sec-Fetch-Site")
	if answer, body = set(change); answer.StatusCode != http.StatusNoContent {
		t.Errorf("%s %s", answer.Status, body)
	}
	answer, body = o.do(http.MethodGet, "/calls", "", agent, nil)
	problem(t, answer, body, http.StatusUnauthorized)
	answer, body = o.do(http.MethodGet, "/calls", "", o.browser("101", "a new one"), nil)
	if answer.StatusCode != http.StatusOK {
		t.Errorf("with the new password: %s %s", answer.Status, body)
	}
}

// An agent asks why there was no popup, and learns nothing about the calls of others.
func TestAgentAsksAboutOwnCalls(t *testing.T) {
	o := open(t, "")
	call := o.pbx.Incoming(amitest.Incoming{Number: "84951234567", DID: "74950000001"})
	call.Ring("101")
	id := "main:" + call.Linkedid()
	ask := func(who http.Header, about string) string {
		answer, body := o.do(http.MethodGet, "/why?call="+url.QueryEscape(about), "", who, nil)
		if answer.StatusCode != http.StatusOK {
			t.Fatalf("%s %s", answer.Status, body)
		}
		return strings.TrimSpace(body)
	}
	anna, boris := o.browser("101", "secret"), o.browser("102", "secret")
	o.until("the agent's own call", func() bool { return strings.Contains(ask(anna, id), `"number":"84951234567"`) })
	call.Hangup()
	for _, about := range []string{id, "84951234567", "main:1.0"} {
		if got := ask(boris, about); got != "[]" {
			t.Errorf("about %s: %s", about, got)
		}
	}
	home := strings.TrimSuffix(o.url, "/api/1")
	page := func(id string) string {
		o := *o
		o.url = home
		_, body := o.do(http.MethodGet, "/calls/"+id, "", boris, nil)
		return strings.ReplaceAll(body, id, "")
	}
	if page(id) != page("main:1.0") {
		t.Errorf("the page of a call of another agent:\n%s", page(id))
	}
}

func TestProblems(t *testing.T) {
	o := open(t, "")
	long := strings.Repeat("x", 70<<10)
	for name, of := range map[string]struct {
		method, path, body string
		status             int
	}{
		"unknown path":        {"GET", "/secrets", "", http.StatusNotFound},
		"path of another API": {"GET", "/../2/hub", "", http.StatusNotFound},
		"wrong method":        {"DELETE", "/hub", "", http.StatusMethodNotAllowed},
		"unknown method":      {"BREW", "/hub", "", http.StatusMethodNotAllowed},
		"unknown parameter":   {"GET", "/calls?color=red", "", http.StatusUnprocessableEntity},
		"wrong type":          {"GET", "/calls?limit=many", "", http.StatusUnprocessableEntity},
		"too many":            {"GET", "/calls?limit=501", "", http.StatusUnprocessableEntity},
		"no time":             {"GET", "/calls?from=yesterday", "", http.StatusUnprocessableEntity},
		"foreign cursor":      {"GET", "/calls?cursor=abc", "", http.StatusUnprocessableEntity},
		"long text":           {"GET", "/calls?text=" + strings.Repeat("x", 300), "", http.StatusUnprocessableEntity},
		"no such trace":       {"GET", "/calls/main:1/trace", "", http.StatusNotFound},
		"no such ticket":      {"GET", "/tickets/1", "", http.StatusNotFound},
		"no body":             {"PUT", "/hub/limit", "", http.StatusBadRequest},
		"no JSON":             {"PUT", "/hub/limit", "{", http.StatusBadRequest},
		"wrong field":         {"PUT", "/hub/limit", `{"limit":"5"}`, http.StatusUnprocessableEntity},
		"negative limit":      {"PUT", "/hub/limit", `{"limit":-5}`, http.StatusUnprocessableEntity},
		"unknown field":       {"PUT", "/hub/limit", `{"limit":5,"x":1}`, http.StatusUnprocessableEntity},
		"unknown mode":        {"PUT", "/hub/mode", `{"mode":"off"}`, http.StatusUnprocessableEntity},
		"past time": {
			"PUT", "/hub/mode",
			`{"mode":"maintenance","until":"2020-01-01T00:00:00Z"}`, http.StatusUnprocessableEntity,
		},
		"too long": {
			"PUT", "/hub/mode",
			`{"mode":"maintenance","text":"` + long + `"}`, http.StatusRequestEntityTooLarge,
		},
		"control characters": {"POST", "/blocks", `{"number":"\u0000\u001b[2J"}`, http.StatusForbidden},
		"hidden category": {
			"PUT", "/categories/%E2%80%AE12345%00",
			`{"color":"red"}`, http.StatusUnprocessableEntity,
		},
		"no such webhook":  {"POST", "/webhooks/none/retry", "", http.StatusNotFound},
		"no such event":    {"POST", "/webhooks/none/drop", "", http.StatusNotFound},
		"no such PBX":      {"POST", "/pbxs/branch/reconnect", "", http.StatusNotFound},
		"no such terminal": {"DELETE", "/terminals/x", "", http.StatusNotFound},
		"message to two": {
			"POST", "/terminals/messages",
			`{"to":{"all":true,"team":"x"},"text":"x"}`, http.StatusUnprocessableEntity,
		},
		"message to nothing": {"POST", "/terminals/messages", `{"to":{},"text":"x"}`, http.StatusUnprocessableEntity},
		"invisible message": {
			"POST", "/terminals/messages",
			`{"to":{"all":true},"text":"\u202e"}`, http.StatusUnprocessableEntity,
		},
		"malformed query":     {"GET", "/calls?text=%zz", "", http.StatusBadRequest},
		"query of semicolons": {"POST", "/webhooks/none/drop?event=17;reason=x", "", http.StatusBadRequest},
		"parameter twice":     {"GET", "/calls?agent=anna&agent=boris", "", http.StatusBadRequest},
		"parameter in bytes":  {"GET", "/calls?text=%ff", "", http.StatusBadRequest},
		"path in bytes":       {"GET", "/tickets/%ff", "", http.StatusBadRequest},
		"field twice":         {"PUT", "/hub/limit", `{"limit":5,"limit":6}`, http.StatusBadRequest},
		"field twice inside": {
			"POST", "/terminals/messages",
			`{"to":{"team":"support","team":"sales"},"text":"x"}`, http.StatusBadRequest,
		},
		"field in capitals": {"PUT", "/hub/limit", `{"limit":5,"Limit":6}`, http.StatusUnprocessableEntity},
		"two values":        {"PUT", "/hub/limit", `{"limit":5}{"limit":6}`, http.StatusBadRequest},
		"text in bytes": {
			"POST", "/terminals/messages",
			"{\"to\":{\"all\":true},\"text\":\"\xff\"}", http.StatusBadRequest,
		},
		"deep":             {"PUT", "/hub/limit", strings.Repeat("[", 60_000), http.StatusBadRequest},
		"internal number":  {"POST", "/blocks", `{"number":"101"}`, http.StatusForbidden},
		"time beyond 9999": {"GET", "/calls?from=9999-12-31T23:00:00-02:00", "", http.StatusUnprocessableEntity},
		"export beyond 9999": {
			"GET", "/calls.csv?to=9999-12-31T23:00:00-02:00", "", http.StatusUnprocessableEntity,
		},
		"audit beyond 9999": {"GET", "/audit?to=9999-12-31T23:00:00-02:00", "", http.StatusUnprocessableEntity},
		"moment beyond 9999": {
			"GET", "/why?call=74951234567&at=9999-12-31T23:00:00-02:00", "", http.StatusUnprocessableEntity,
		},
		"time before 1": {"GET", "/calls?from=0001-01-01T00:00:00%2B02:00", "", http.StatusUnprocessableEntity},
		"maintenance beyond 9999": {
			"PUT", "/hub/mode",
			`{"mode":"maintenance","until":"9999-12-31T23:00:00-02:00"}`, http.StatusUnprocessableEntity,
		},
		"done beyond 9999": {
			"POST", "/missed/74951234567/done?until=9999-12-31T23:00:00-02:00", "", http.StatusUnprocessableEntity,
		},
		"missed without a number": {"POST", "/missed/%25/claim", "", http.StatusNotFound},
		"long key":                {"POST", "/pbxs/main/reconnect#key", "", http.StatusBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			header := http.Header{}
			path, _, long := strings.Cut(of.path, "#")
			if long {
				header.Set("Idempotency-Key", strings.Repeat("k", 201))
			}
			var body io.Reader
			if of.body != "" {
				body = strings.NewReader(of.body)
			}
			answer, text := o.do(of.method, path, o.tokens[access.Admin], header, body)
			problem(t, answer, text, of.status)
			if name == "no time" && !strings.Contains(text, "such as 2026-11-01T00:00:00Z") {
				t.Errorf("no example of a time: %s", text)
			}
			if of.status == http.StatusMethodNotAllowed && answer.Header.Get("Allow") == "" {
				t.Error("no Allow")
			}
		})
	}
	answer, body := o.do(http.MethodGet, "/hub", o.tokens[access.View], nil, nil)
	if answer.StatusCode != http.StatusOK || !strings.Contains(body, `"mode":"active"`) {
		t.Errorf("afterwards: %s %s", answer.Status, body)
	}
}

func TestOnlyJSONIsABody(t *testing.T) {
	o := open(t, "")
	for kind, status := range map[string]int{
		"application/json": http.StatusOK, "Application/JSON; charset=utf-8": http.StatusOK,
		"text/plain": http.StatusUnsupportedMediaType, "": http.StatusUnsupportedMediaType,
		"application/x-www-form-urlencoded": http.StatusUnsupportedMediaType,
		"multipart/form-data; boundary=x":   http.StatusUnsupportedMediaType,
	} {
		// A page of another site can send a body without a type.
		answer, body := o.do(http.MethodPut, "/hub/limit", o.tokens[access.Admin],
			http.Header{"Content-Type": {kind}}, strings.NewReader(`{"limit":5}`))
		if answer.StatusCode != status {
			t.Errorf("%q: %s %s", kind, answer.Status, body)
		}
	}
}

// A client that sends its requests slowly, or as many as it can, leaves places for others.
func TestSlowClientLeavesPlaces(t *testing.T) {
	o := open(t, "")
	ctx, end := context.WithCancel(t.Context())
	var sent sync.WaitGroup
	t.Cleanup(sent.Wait)
	t.Cleanup(end)
	var busy atomic.Int64
	for range 70 {
		body, w := io.Pipe()
		t.Cleanup(func() { _ = w.Close() })
		sent.Go(func() {
			r, err := http.NewRequestWithContext(ctx, http.MethodPost, o.url+"/blocks", body)
			if err != nil {
				t.Error(err)
				return
			}
			r.Header.Set("Authorization", "Bearer "+o.tokens[access.Notes])
			r.Header.Set("Content-Type", "application/json")
			r.ContentLength = 10
			if answer, err := browser.Do(r); err == nil {
				defer answer.Body.Close()
				if answer.StatusCode == http.StatusServiceUnavailable {
					busy.Add(1)
				}
			}
		})
	}
	o.until("the slow client has no more places", func() bool { return busy.Load() == 70-24 })
	answer, body := o.do(http.MethodGet, "/hub", o.tokens[access.View], nil, nil)
	if answer.StatusCode != http.StatusOK {
		t.Errorf("another client: %s %s", answer.Status, body)
	}
}

// changes counts the entries of an action in the audit.
func (o *office) changes(action string) (n int) {
	o.t.Helper()
	limit := int64(500)
	page, err := o.as(access.View).
		ListChangesWithResponse(o.t.Context(), &client.ListChangesParams{Text: &action, Limit: &limit})
	if err != nil || page.JSON200 == nil {
		o.t.Fatalf("%v, %s", err, page.Body)
	}
	return len(page.JSON200.Items)
}

func TestRepeatedRequests(t *testing.T) {
	o := open(t, "")
	send := func(key, body string) (*http.Response, string) {
		return o.do(
			http.MethodPost,
			"/terminals/messages",
			o.tokens[access.Admin],
			http.Header{"Idempotency-Key": {key}},
			strings.NewReader(body),
		)
	}
	const hello = `{"to":{"all":true},"text":"Hello"}`
	first, body := send("a", hello)
	for range 3 {
		if again, same := send("a", hello); again.StatusCode != first.StatusCode || same != body ||
			again.Header.Get("Content-Type") != first.Header.Get("Content-Type") {
			t.Errorf("%s %s, first %s %s", again.Status, same, first.Status, body)
		}
	}
	if first.StatusCode != http.StatusOK || o.changes("terminal.message") != 1 {
		t.Errorf("%s, sent %d times", first.Status, o.changes("terminal.message"))
	}
	other, text := send("a", `{"to":{"all":true},"text":"Bye"}`)
	problem(t, other, text, http.StatusUnprocessableEntity)
	if _, body := send("b", hello); o.changes("terminal.message") != 2 {
		t.Errorf("another key: %s", body)
	}
	view, text := o.do(http.MethodPost, "/terminals/messages", o.tokens[access.View],
		http.Header{"Idempotency-Key": {"a"}}, strings.NewReader(hello))
	problem(t, view, text, http.StatusForbidden) // the key of another program

	wrong, text := send("c", `{"to":{},"text":"x"}`)
	problem(t, wrong, text, http.StatusUnprocessableEntity)
	o.restart()
	if again, same := send("a", hello); again.StatusCode != http.StatusOK || same != body {
		t.Errorf("after a restart %s %s", again.Status, same)
	}
}

func TestConcurrentRepetitions(t *testing.T) {
	o := open(t, "")
	var all sync.WaitGroup
	var mu sync.Mutex
	statuses := map[int]int{}
	for range 20 {
		all.Go(func() {
			answer, _ := o.do(http.MethodPost, "/hub/configuration/reload", o.tokens[access.Admin],
				http.Header{"Idempotency-Key": {"once"}}, nil)
			mu.Lock()
			defer mu.Unlock()
			statuses[answer.StatusCode]++
		})
	}
	all.Wait()
	if statuses[http.StatusOK] == 0 || statuses[http.StatusOK]+statuses[http.StatusConflict] != 20 ||
		o.changes("hub.reload") != 1 {
		t.Errorf("%v, reloaded %d times", statuses, o.changes("hub.reload"))
	}
}

// A client that is gone before the answer gets it when it asks again.
func TestCutClient(t *testing.T) {
	o := open(t, away(t))
	_, seen := o.rings()
	c := o.as(access.Notes)
	o.until("the ticket waits", func() bool {
		list, err := c.ListTicketRequestsWithResponse(t.Context(), &client.ListTicketRequestsParams{})
		return err == nil && list.JSON200 != nil && len(list.JSON200.Items) == 1
	})
	ctx, cancel := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, o.url+"/ticket-requests/"+seen.ID+"/drop",
		strings.NewReader(`{"reason":"gone"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+o.tokens[access.Notes])
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", "cut")
	time.AfterFunc(2*time.Millisecond, cancel)
	if answer, err := browser.Do(r); err == nil {
		_ = answer.Body.Close()
	}
	o.until("the answer is kept", func() bool {
		answer, _ := o.do(http.MethodPost, "/ticket-requests/"+url.PathEscape(seen.ID)+"/drop", o.tokens[access.Notes],
			http.Header{"Idempotency-Key": {"cut"}}, strings.NewReader(`{"reason":"gone"}`))
		return answer.StatusCode == http.StatusNoContent
	})
	if n := o.changes("ticket.drop"); n != 1 {
		t.Errorf("dropped %d times", n)
	}
	list, err := c.ListTicketRequestsWithResponse(t.Context(), &client.ListTicketRequestsParams{})
	if err != nil || len(list.JSON200.Items) != 0 {
		t.Errorf("%s, %v", list.Body, err)
	}
}

// Anyone may read the document and its page, which loads nothing from elsewhere.
func TestDocument(t *testing.T) {
	o := open(t, "")
	answer, body := o.do(http.MethodGet, "/openapi.json", "", nil, nil)
	var document map[string]any
	if err := json.Unmarshal([]byte(body), &document); err != nil || document["openapi"] != "3.1.0" ||
		answer.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%s, %v, %v", answer.Status, document["openapi"], err)
	}
	answer, body = o.do(http.MethodGet, "/", "", nil, nil)
	if answer.StatusCode != http.StatusOK || strings.Contains(body, "<script") || strings.Contains(body, "//") &&
		bytes.Contains([]byte(body), []byte("src=")) {
		t.Errorf("%s", body)
	}
	for _, op := range operations(t) {
		if !strings.Contains(body, fmt.Sprintf(`id="%s"`, op.id)) {
			t.Errorf("%s is not on the page", op.id)
		}
	}
	if answer, _ := o.do(http.MethodGet, "/reference.css", "", nil, nil); answer.StatusCode != http.StatusOK ||
		!strings.HasPrefix(answer.Header.Get("Content-Type"), "text/css") {
		t.Errorf("style sheet: %s", answer.Status)
	}
}
