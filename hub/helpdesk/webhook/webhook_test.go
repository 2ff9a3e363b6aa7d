package webhook_test

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"traybell/hub/helpdesk"
	"traybell/hub/helpdesk/helpdesktest"
	"traybell/hub/helpdesk/webhook"
)

const token = `t0k"en/+`

func options(url string, create webhook.Request) webhook.Options {
	return webhook.Options{
		URL: url, Token: token, Username: "traybell", Password: "passw0rd", Region: "RU", Create: create,
		Log: slog.New(slog.DiscardHandler),
	}
}

// An error names the key, the line of its text and the remedy, in words of hub.yml.
func TestTemplatesWithMistakes(t *testing.T) {
	reply := webhook.Reply{ID: "id"}
	body := func(text string) webhook.Options {
		return options("https://d.example.com", webhook.Request{Body: text, Reply: reply})
	}
	for _, test := range []struct {
		name      string
		o         webhook.Options
		key, want string
	}{
		{
			"text without json", body(`{"title": "{{.Title}}"}`), "requests.create.body",
			`it is not JSON when it is filled in: line 1 ({"title": "{{.Title}}"}) is wrong; commas`,
		},
		{
			"no comma", body("{\"title\": {{json .Title}}\n \"body\": {{json .Body}}}"), "requests.create.body",
			`line 2 ("body": {{json .Body}}}) is wrong, or the one before`,
		},
		{"no end", body(`{"title": {{json .Title}}`), "requests.create.body", "its end is missing, such as a }"},
		{
			"only a known caller gives JSON", body(`{"customer": {{with .Customer.Login}}{{json .}}{{end}}}`),
			"requests.create.body", "is not JSON",
		},
		{"JSON in a form", options("https://d.example.com", webhook.Request{
			Form: map[string]string{"input": `{"title": "{{.Title}}"}`}, Reply: reply,
		}), "requests.create.form.input", "it is not JSON"},
		{"path without url", options("https://d.example.com", webhook.Request{
			Path: "/new/{{.Queue}}", Reply: reply,
		}), "requests.create.path", "it is not an address"},
		{"relative path", options("https://d.example.com", webhook.Request{
			Path: "new", Reply: reply,
		}), "requests.create.path", "it must begin with /"},
		{
			"unknown value", body(`{"title": {{json .Titel}}}`), "requests.create.body",
			"there is no {{.Titel}}",
		},
		{
			"unknown value in the second line", body("{\n\"title\": {{json .Call.ID}}}"), "requests.create.body",
			"line 2 of the text: there is no {{.Call.ID}}",
		},
		{
			"unknown function", body(`{"title": {{shout .Title}}}`), "requests.create.body",
			"`shout` is unknown; names begin with a dot, and the functions are json, url, digits, e164",
		},
		{
			"function without a value", body(`{"title": {{json}}}`), "requests.create.body",
			"`json` has 0 values, and needs 1",
		},
		{
			"number as a text", options("https://d.example.com", webhook.Request{
				Path: "/{{url .Minutes}}", Reply: reply,
			}), "requests.create.path", ".Minutes is not a text",
		},
		{"braces not closed", body(`{"title": {{json .Title}`), "requests.create.body", "such as {{json .Title}}"},
		{
			"unknown value in a header", func() webhook.Options {
				o := body(`{}`)
				o.Headers = map[string]string{"X-Token": "{{.Tokn}}"}
				return o
			}(), "headers.X-Token", "there is no {{.Tokn}}",
		},
		{"body and form", options("https://d.example.com", webhook.Request{
			Body: `{}`, Form: map[string]string{"a": "b"}, Reply: reply,
		}), "requests.create", "remove one"},
		{
			"no place of the ticket", options("https://d.example.com", webhook.Request{Body: `{}`}), "requests.create",
			"set id or number",
		},
		{"no address", options("d.example.com", webhook.Request{Body: `{}`, Reply: reply}), "url", "https://desk"},
		{"find that cannot compare", func() webhook.Options {
			o := body(`{}`)
			o.Find = &webhook.Request{Path: "/find", Reply: reply}
			return o
		}(), "requests.find", "set call"},
	} {
		_, err := webhook.New(test.o)
		var option *helpdesk.OptionError
		if !errors.As(err, &option) || option.Key != test.key || !strings.Contains(option.Err.Error(), test.want) {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		for _, jargon := range []string{"template:", "executing", "evaluate", "invalid character", "help_desk."} {
			if strings.Contains(err.Error(), jargon) {
				t.Errorf("%s has %q: %v", test.name, jargon, err)
			}
		}
	}
	o := body(`{}`)
	o.Region = "XX"
	if _, err := webhook.New(o); err == nil || !strings.Contains(err.Error(), "XX") {
		t.Errorf("no region: %v", err)
	}
}

// One request with everything that a template can do.
func TestRequestAndReply(t *testing.T) {
	var got *http.Request
	var body string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		got, body = r, string(text)
		w.Header().Set("Location", "/base/tickets/4%2F2?x=1")
		w.WriteHeader(http.StatusCreated)
	}))
	defer server.Close()
	o := options(server.URL+"/base", webhook.Request{
		Method: http.MethodPut, Path: "/{{url .Queue}}/new", Query: map[string]string{"key": "{{.Token}}"},
		Body:  `{"t": {{json .Title}}, "n": {{json (digits .Number)}}, "e": {{json (e164 .Customer.Phone)}}}`,
		Reply: webhook.Reply{Success: []int{201}, ID: "header:Location", Link: "header:Location"},
	})
	o.Headers = map[string]string{"X-On-Behalf-Of": "{{.Agent.Login}}", "X-Empty": "{{.Owner}}"}
	h, err := webhook.New(o)
	if err != nil {
		t.Fatal(err)
	}
	draft := helpdesktest.NewDraft("all")
	draft.Queue, draft.Customer.Phone = "A b/ц", "8 (495) 123-45-67"
	ticket, err := h.Create(t.Context(), draft)
	if want := (helpdesk.Ticket{ID: "2", Number: "2", URL: server.URL + "/base/tickets/4%2F2?x=1"}); err != nil ||
		ticket != want {
		t.Errorf("%+v, %v; want %+v", ticket, err, want)
	}
	if want := `{"t":"Звонок: \"Иван\" <b>&amp; 100%","n":"74951234567","e":"+74951234567"}`; strings.NewReplacer(
		`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(body) != want {
		t.Errorf("body %s, want %s", body, want)
	}
	user, password, _ := got.BasicAuth()
	if got.RequestURI != "/base/A%20b%2F%D1%86/new?key=t0k%22en%2F%2B" || got.Method != http.MethodPut ||
		user+password != "traybellpassw0rd" || got.Header.Get("X-On-Behalf-Of") != "anna" ||
		got.Header["X-Empty"] != nil || got.Header.Get("Idempotency-Key") != draft.CallID ||
		got.Header.Get("Content-Type") != "application/json; charset=utf-8" {
		t.Errorf("%s %s, %v", got.Method, got.RequestURI, got.Header)
	}
}

// What a reply means, and that no error shows a secret that the help desk repeats.
func TestReplies(t *testing.T) {
	var status int
	var reply string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, reply)
	}))
	defer server.Close()
	h, err := webhook.New(options(server.URL, webhook.Request{
		Path: "/new", Body: `{"token": {{json .Token}}}`,
		Reply: webhook.Reply{
			Success: []int{
				200,
			}, Test: "status", Value: "ok", Message: "why", ID: "ticket.id", Number: "ticket.numbers.1",
		},
	}))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name                      string
		status                    int
		reply                     string
		retry, uncertain, refused bool
		want                      string
	}{
		{
			"success", 200, `{"status":"ok","ticket":{"id":12345678901234567890,"numbers":["a","b"]}}`,
			false, false, false, "",
		},
		{
			"test fails", 200, `{"status":"failed","why":"No subject."}`, false, false, true,
			"refuses: No subject: status is",
		},
		{"400 with a reason", 400, `{"why":"No queue"}`, false, false, true, "refuses: No queue: HTTP 400"},
		{"422 without", 422, `["no"]`, false, false, true, `HTTP 422`},
		{"status is not in the list", 202, `{"status":"ok"}`, true, true, false, "HTTP 202 is not in"},
		{
			"no number", 200, `{"status":"ok","ticket":{"id":1,"numbers":["a"]}}`,
			true, true, false, `"ticket.numbers.1"`,
		},
		{"no JSON", 200, `ok`, true, true, false, `not JSON, it begins with "ok"`},
		{"nothing", 200, ``, true, true, false, "without an answer"},
		{"401", 401, `{"why":"bad"}`, false, false, false, "denies help_desk.requests.create (HTTP 401)"},
		{"404", 404, ``, false, false, false, "correct its path"},
		{"429", 429, ``, true, false, false, "too busy"},
		{"500", 500, `{"why":"oops"}`, true, true, false, "internal error"},
		{"echo", 400, `{"why":"bad token t0k\"en/+ or passw0rd"}`, false, false, true, "***"},
	} {
		status, reply = test.status, test.reply
		ticket, err := h.Create(t.Context(), helpdesktest.NewDraft(""))
		if test.want == "" {
			if err != nil || ticket.ID != "12345678901234567890" || ticket.Number != "b" {
				t.Errorf("%s: %+v, %v", test.name, ticket, err)
			}
			continue
		}
		var e *helpdesk.Error
		if !errors.As(err, &e) || e.Retry != test.retry || e.Uncertain != test.uncertain ||
			e.Refused != test.refused ||
			!strings.Contains(e.Error(), test.want) {
			t.Errorf("%s: %+v", test.name, err)
			continue
		}
		for _, secret := range []string{token, `t0k\"en`, "passw0rd"} {
			if strings.Contains(e.Error()+e.Reason, secret) {
				t.Errorf("%s shows %s: %v", test.name, secret, err)
			}
		}
	}
}

// A help desk that says that it created the ticket, and not which, has created it.
func TestCreatedWithoutANumber(t *testing.T) {
	var status int
	var reply string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, reply)
	}))
	defer server.Close()
	for name, c := range map[string]struct {
		status             int
		reply              string
		test               string
		uncertain, created bool
	}{
		"201, the number elsewhere":      {201, `{"key":"SUP-1"}`, "", true, true},
		"201, no JSON":                   {201, "created", "", true, true},
		"201, nothing":                   {201, "", "", true, true},
		"200, and the number elsewhere":  {200, `{"error":"no project"}`, "", true, false},
		"200, and the test says success": {200, `{"status":"ok"}`, "status", true, true},
		"200, and the test says failure": {200, `{"status":"no"}`, "status", false, false},
		"500":                            {500, `{"status":"ok"}`, "status", true, false},
	} {
		status, reply = c.status, c.reply
		h, err := webhook.New(options(server.URL, webhook.Request{
			Body: "{}", Reply: webhook.Reply{ID: "id", Test: c.test, Value: "ok"},
		}))
		if err != nil {
			t.Fatal(err)
		}
		_, err = h.Create(t.Context(), helpdesktest.NewDraft(""))
		var e *helpdesk.Error
		if !errors.As(err, &e) || e.Uncertain != c.uncertain || e.Created != c.created {
			t.Errorf("%s: %+v", name, err)
		}
		if text := err.Error(); strings.Count(text, "has nothing at") > 1 {
			t.Errorf("%s: doubled: %s", name, text)
		}
	}
}

// Without the requests for it, the hub says that it cannot look up, and refuses notes.
func TestOnlyCreate(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		_, _ = io.WriteString(w, "527491\n")
	}))
	h, err := webhook.New(options(server.URL, webhook.Request{
		Form: map[string]string{"title": "{{.Title}}"}, Reply: webhook.Reply{Number: "."},
	}))
	if err != nil {
		t.Fatal(err)
	}
	if ticket, err := h.Create(t.Context(), helpdesktest.NewDraft("")); err != nil || ticket.Number != "527491" {
		t.Errorf("%+v, %v", ticket, err)
	}
	if _, _, err := h.Find(t.Context(), "main:1"); !errors.Is(err, helpdesk.ErrCannotLookUp) {
		t.Errorf("Find: %v", err)
	}
	if _, err := h.Noted(t.Context(), helpdesk.Note{}); !errors.Is(err, helpdesk.ErrCannotLookUp) {
		t.Errorf("Noted: %v", err)
	}
	var e *helpdesk.Error
	if err := h.Append(t.Context(), helpdesk.Note{}); !errors.As(err, &e) || !e.Refused {
		t.Errorf("Append: %v", err)
	}
	found, err := h.Check(t.Context(), nil)
	if err != nil || !strings.Contains(strings.Join(found, "\n"), "! There is no help_desk.requests.find") {
		t.Errorf("Check: %q, %v", found, err)
	}
	server.Close()
	_, err = h.Check(t.Context(), nil)
	helpdesktest.WantError(t, err, true, false, "cannot be reached")
}

// A search that ignores its filter, or finds parts of ids, does not pass another call's ticket off.
func TestFindComparesTheCall(t *testing.T) {
	var reply string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, reply)
	}))
	defer server.Close()
	o := options(server.URL, webhook.Request{Body: "{}", Reply: webhook.Reply{ID: "id"}})
	o.Find = &webhook.Request{
		Path: "/find", Query: map[string]string{"q": "{{.CallID}}"},
		Reply: webhook.Reply{List: "all", ID: "id", Call: "text"},
	}
	h, err := webhook.New(o)
	if err != nil {
		t.Fatal(err)
	}
	for _, reply = range []string{
		`{"all":[]}`, `{"all":[{"id":1,"text":"main:1.25"},{"id":2,"text":"main:1.2.5"}]}`,
	} {
		if got, ok, err := h.Find(t.Context(), "main:1.2"); ok || err != nil {
			t.Errorf("%s: %+v, %v", reply, got, err)
		}
	}
	reply = `{"all":[{"id":11,"text":"main:1.2"},{"id":9,"text":"Call: main:1.2."},{"id":8,"text":null}]}`
	if got, ok, err := h.Find(t.Context(), "main:1.2"); got.ID != "9" || !ok || err != nil {
		t.Errorf("%+v, %v, %v", got, ok, err)
	}
	for _, reply = range []string{
		`{"all":[{"id":1}]}`, `{"items":[]}`, `{"all":{}}`, `{"all":["x"]}`, `["ok"]`, `{"all":[{"text":"main:1.2"}]}`,
	} {
		if got, ok, err := h.Find(t.Context(), "main:1.2"); ok || err == nil {
			t.Errorf("%s: %+v, %v", reply, got, err)
		}
	}
}
