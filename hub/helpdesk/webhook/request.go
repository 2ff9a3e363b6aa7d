package webhook

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"text/template"

	"traybell/hub/helpdesk"
	"traybell/hub/helpdesk/httpclient"
	"traybell/hub/jsonplace"
	"traybell/shared/printable"
)

// requestKey is the key of hub.yml that has the requests.
const requestKey = section + "requests."

// request is a Request with parsed templates.
type request struct {
	key         string // help_desk.create
	method      string
	writes      bool
	path, body  *template.Template // body may be nil
	query, form []field
	headers     []field
	hasForm     bool
	Reply
}

// compile parses a request and fills it in with texts that break what is not escaped.
func (h *HelpDesk) compile(key string, from Request, headers []field) (*request, error) {
	q := &request{
		key:     key,
		method:  cmp.Or(from.Method, http.MethodGet),
		headers: headers,
		hasForm: len(from.Form) > 0,
		Reply:   from.Reply,
	}
	if from.Method == "" && (from.Body != "" || q.hasForm) {
		q.method = http.MethodPost
	}
	if from.Path != "" && !strings.HasPrefix(from.Path, "/") {
		return nil, bad(key+".path", "it must begin with /: it is added to url")
	}
	if len(from.Query) > 0 && strings.Contains(from.Path, "?") {
		return nil, bad(key+".path", "it has a ?, and there is a query: write all of it in query")
	}
	if from.Body != "" && q.hasForm {
		return nil, bad(key, "it has a body and a form: remove one of them")
	}
	var err error
	if q.path, err = h.parse(key+".path", from.Path); err != nil {
		return nil, err
	}
	if from.Body != "" {
		if q.body, err = h.parse(key+".body", from.Body); err != nil {
			return nil, err
		}
	}
	if q.query, err = h.parseAll(key+".query", from.Query); err != nil {
		return nil, err
	}
	if q.form, err = h.parseAll(key+".form", from.Form); err != nil {
		return nil, err
	}
	for _, unknown := range []bool{false, true} {
		if _, err := q.fill(breaking(unknown)); err != nil {
			return nil, err
		}
	}
	return q, nil
}

// fill fills a request in.
func (q *request) fill(data Data) (httpclient.Request, error) {
	out := httpclient.Request{Method: q.method, Writes: q.writes, Header: http.Header{}}
	var err error
	if out.Path, err = run(q.path, data); err != nil {
		return out, err
	}
	if i := strings.IndexFunc(out.Path, func(r rune) bool {
		return r <= ' ' || r > '~' || strings.ContainsRune("\"<>\\^`{|}#", r)
	}); i >= 0 {
		return out, bad(q.path.Name(), "it is not an address if a text has special characters: write "+
			"{{url .CallID}} instead of {{.CallID}}, and so on, or use query")
	}
	if q.body != nil {
		text, err := run(q.body, data)
		if err != nil {
			return out, err
		}
		if err := valid(q.body, text); err != nil {
			return out, err
		}
		out.JSON = json.RawMessage(text)
	}
	if out.Query, err = values(q.query, data); err != nil {
		return out, err
	}
	if out.Form, err = values(q.form, data); err != nil {
		return out, err
	}
	for _, f := range q.headers {
		text, err := run(f.value, data)
		if err != nil {
			return out, err
		}
		if text = strings.Join(strings.Fields(text), " "); text != "" {
			out.Header.Set(f.name, text)
		}
	}
	return out, nil
}

// values fills in a query or form; nil if it is empty.
func values(of []field, data Data) (url.Values, error) {
	var all url.Values
	for _, f := range of {
		text, err := run(f.value, data)
		if err != nil {
			return nil, err
		}
		if start := strings.TrimSpace(text); strings.HasPrefix(start, "{") || strings.HasPrefix(start, "[") {
			if err := valid(f.value, text); err != nil {
				return nil, err
			}
		}
		if all == nil {
			all = url.Values{}
		}
		all.Set(f.name, text)
	}
	return all, nil
}

// valid checks that what became of a template is JSON.
func valid(of *template.Template, text string) error {
	var into any
	err := json.Unmarshal([]byte(text), &into)
	if err == nil {
		return nil
	}
	const fault = "it is not JSON when it is filled in"
	syntax := (*json.SyntaxError)(nil)
	if !errors.As(err, &syntax) {
		return bad(of.Name(), fault+": %w", err)
	}
	if strings.HasPrefix(syntax.Error(), "unexpected end") {
		return bad(of.Name(), fault+": its end is missing, such as a }, a ] or a quote")
	}
	line := strings.Count(text[:max(int(syntax.Offset)-1, 0)], "\n")
	where, before := "", ""
	if line > 0 {
		before = ", or the one before"
	}
	if lines := strings.Split(of.Root.String(), "\n"); line < len(lines) {
		where = fmt.Sprintf(" (%s)", printable.Cut(strings.TrimSpace(lines[line]), 60))
	}
	return bad(of.Name(), fault+": line %d%s is wrong%s; commas separate values, and texts are written as "+
		"{{json .Title}}, without quotes around it, instead of \"{{.Title}}\"", line+1, where, before)
}

// shown is the made-up call for people: without secrets.
func (h *HelpDesk) shown() Data {
	data := sample
	data.URL, data.Token = h.client.URL(), "***"
	return data
}

// show is a request as text.
func (q *request) show(data Data) string {
	r, err := q.fill(data)
	if err != nil {
		return err.Error()
	}
	text := fmt.Sprintf("%s: %s %s%s", q.key, r.Method, data.URL, r.Path)
	if r.Query != nil {
		text += "?" + r.Query.Encode()
	}
	for _, name := range slices.Sorted(headerNames(r.Header)) {
		text += fmt.Sprintf(", %s: %s", name, r.Header.Get(name))
	}
	if body, ok := r.JSON.(json.RawMessage); ok {
		text += ", body " + strings.Join(strings.Fields(string(body)), " ")
	}
	for _, f := range q.form {
		text += fmt.Sprintf(", form %s=%s", f.name, strings.Join(strings.Fields(r.Form.Get(f.name)), " "))
	}
	return text
}

func headerNames(header http.Header) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for name := range header {
			if !yield(name) {
				return
			}
		}
	}
}

// response is a reply that says that the request succeeded.
type response struct {
	*httpclient.Response
	value any // its JSON, or its text
}

// refused is the error for a reply that says that the request was refused; reason may be empty.
func refused(reason string, err error) error {
	return &helpdesk.Error{
		Reason: "The help desk refuses: " + helpdesk.Sentence(cmp.Or(reason, err.Error())), Refused: true, Err: err,
	}
}

// send sends a request. Its errors are *httpclient.Error and *helpdesk.Error.
func (h *HelpDesk) send(ctx context.Context, q *request, data Data, idempotencyKey string) (*response, error) {
	data.URL, data.Token = h.client.URL(), h.o.Token
	out, err := q.fill(data)
	if err != nil {
		return nil, &helpdesk.Error{
			Reason: "The request cannot be made: an administrator must correct " + q.key + ".", Err: err,
		}
	}
	if idempotencyKey != "" {
		out.Header.Set("Idempotency-Key", idempotencyKey)
	}
	resp, err := h.client.Do(ctx, out)
	var e *httpclient.Error
	switch {
	case errors.As(err, &e) && (e.Cause == httpclient.Rejected || e.Cause == httpclient.NotFound && q == h.note):
		return nil, refused(q.reason(jsonplace.Decode(e.Body)), e)
	case err != nil:
		return nil, err
	}
	value := jsonplace.Decode(resp.Body)
	if _, isText := value.(string); isText && q.reads() {
		if err := resp.JSON(new(any)); err != nil {
			return nil, err
		}
	}
	if len(q.Success) > 0 && !slices.Contains(q.Success, resp.Status) {
		return nil, resp.Bad(fmt.Errorf("HTTP %d is not in %s.success", resp.Status, q.key))
	}
	if q.Test != "" {
		if got, _ := jsonplace.Text(value, q.Test); got != q.Value {
			return nil, refused(q.reason(value), fmt.Errorf("%s is %q, not %q", q.Test, got, q.Value))
		}
	}
	return &response{resp, value}, nil
}

// reads reports whether a place of the reply is in its JSON.
func (q *request) reads() bool {
	return slices.ContainsFunc([]string{q.ID, q.Number, q.Link, q.List, q.Call, q.Title, q.Text, q.Test},
		func(place string) bool { return place != "" && place != "." && !isLink(place) })
}

// explain turns an error of send into one for administrators; nil stays nil.
func (h *HelpDesk) explain(err error, q *request) error {
	return h.client.Explain(err, func(failed *httpclient.Error) string {
		switch failed.Cause {
		case httpclient.Denied:
			return fmt.Sprintf("The help desk denies %s (HTTP %d): an administrator must check the password or "+
				"token, and the rights of its user.", q.key, failed.Status)
		case httpclient.NotFound, httpclient.WebPage:
			return fmt.Sprintf("There is nothing at the address of %s: an administrator must correct its path, or "+
				"help_desk.url.", q.key)
		case httpclient.BadReply:
			return q.badReply(failed.Err)
		}
		return ""
	})
}

// badReply is the sentence about a reply that hub.yml describes differently.
func (q *request) badReply(err error) string {
	return fmt.Sprintf("The reply is not as %s describes it: %v.", q.key, err)
}
