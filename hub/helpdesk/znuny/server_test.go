package znuny_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// The dynamic fields that packaging/znuny creates.
const (
	callField   = "CallUniqueID"
	callerField = "CallerNumber"
)

// server is the Generic Interface's REST of Znuny 6.5 with its oddities: errors with status 200,
// ids as strings or numbers, searches that ignore unknown fields, empty replies.
type server struct {
	*httptest.Server
	t *testing.T

	mu        sync.Mutex
	password  string
	service   string
	routes    bool // the web service has routes
	queues    []string
	rights    bool
	customers []string
	fields    []string
	sessions  map[string]bool
	tickets   []map[string]any            // the request's Ticket and Article, flat
	articles  map[string][]map[string]any // added by TicketUpdate, by ticket
	signIns   int
	calls     []string // method and path, in the order of arrival
	bodies    []string
	// odd may reply instead of the server, and then returns true. It is called without the lock.
	odd func(op string, w http.ResponseWriter, r *http.Request) bool
}

func newServer(t *testing.T) *server {
	z := &server{
		t: t, password: "traybellpw", service: "Traybell", routes: true, queues: []string{"Raw", "Postmaster"},
		rights:    true,
		customers: []string{"ivanov", "petrova", "unknown"}, fields: []string{"CallUniqueID", "CallerNumber"},
		sessions: map[string]bool{}, articles: map[string][]map[string]any{},
	}
	z.Server = httptest.NewServer(http.HandlerFunc(z.serve))
	t.Cleanup(z.Close)
	return z
}

func (z *server) serve(w http.ResponseWriter, r *http.Request) {
	const root = "/otrs/nph-genericinterface.pl/Webservice/"
	service, route, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, root), "/")
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	op := map[string]string{
		"POST Session": "SessionCreate", "POST Ticket": "TicketCreate", "POST TicketSearch": "TicketSearch",
	}[r.Method+" "+route]
	switch {
	case r.Method == http.MethodGet && strings.HasPrefix(route, "Ticket/"):
		op = "TicketGet"
	case r.Method == http.MethodPatch && strings.HasPrefix(route, "Ticket/"):
		op = "TicketUpdate"
	}
	w.Header().Set("Connection", "close")
	z.mu.Lock()
	z.calls = append(z.calls, op)
	z.bodies = append(z.bodies, string(body))
	odd := z.odd
	z.mu.Unlock()
	if odd != nil && odd(op, w, r) {
		return
	}
	z.mu.Lock()
	defer z.mu.Unlock()
	switch {
	case !strings.HasPrefix(r.URL.Path, root):
		http.NotFound(w, r)
	case service != z.service:
		cut(w)
	case op == "" || !z.routes:
		plain(w, fmt.Sprintf("HTTP::REST Error while determine Operation for request URI '/%s'.", route))
	default:
		var in map[string]any
		if r.Method == http.MethodGet { // its body is ignored
			in = map[string]any{}
			for key := range r.URL.Query() {
				in[key] = r.URL.Query().Get(key)
			}
		} else if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
			plain(w, "Could not read input data")
			return
		} else if err := json.Unmarshal(body, &in); err != nil {
			plain(w, "Error while decoding request content.")
			return
		}
		z.operate(w, op, strings.TrimPrefix(route, "Ticket/"), in)
	}
}

func (z *server) operate(w http.ResponseWriter, op, last string, in map[string]any) {
	if op == "SessionCreate" {
		z.signIns++
		if in["UserLogin"] != "traybell" || in["Password"] != z.password {
			refuse(w, op, "AuthFail", "Authorization failing!")
			return
		}
		s := fmt.Sprintf("session%d", z.signIns)
		z.sessions[s] = true
		answer(w, map[string]any{"SessionID": s})
		return
	}
	if s, _ := in["SessionID"].(string); !z.sessions[s] {
		refuse(w, op, "AuthFail", "Authorization failing!")
		return
	}
	switch op {
	case "TicketCreate":
		z.create(w, in)
	case "TicketSearch":
		ids := []string{}
		for i, t := range slices.Backward(z.tickets) {
			if z.matches(t, in) {
				ids = append(ids, strconv.Itoa(i+1))
			}
		}
		if limit, ok := in["Limit"].(float64); ok {
			ids = ids[:min(len(ids), int(limit))]
		}
		if len(ids) == 0 {
			answer(w, map[string]any{})
			return
		}
		answer(w, map[string]any{"TicketID": ids})
	case "TicketUpdate":
		article, _ := in["Article"].(map[string]any)
		if n, err := strconv.Atoi(last); err != nil || n < 1 || n > len(z.tickets) {
			refuse(w, op, "AccessDenied", "User does not have access to the ticket!")
			return
		}
		z.articles[last] = append(z.articles[last], article)
		answer(w, map[string]any{
			"TicketID": last, "TicketNumber": z.tickets[atoi(last)-1]["TicketNumber"], "ArticleID": "9",
		})
	case "TicketGet":
		tickets := []map[string]any{}
		for id := range strings.SplitSeq(last, ",") {
			n, err := strconv.Atoi(id)
			if err != nil || n < 1 || n > len(z.tickets) {
				refuse(w, op, "AccessDenied", "User does not have access to the ticket!")
				return
			}
			t := z.tickets[n-1]
			// a number here, a string in other replies
			out := map[string]any{"TicketID": n, "TicketNumber": t["TicketNumber"], "Title": t["Title"]}
			out["CustomerUserID"] = t["CustomerUser"]
			if in["DynamicFields"] == "1" {
				fields := []map[string]any{}
				for _, f := range z.fields {
					fields = append(fields, map[string]any{"Name": f, "Value": t["DynamicField_"+f]})
				}
				out["DynamicField"] = fields
			}
			if in["AllArticles"] == "1" {
				out["Article"] = slices.Concat([]map[string]any{{"Body": t["Body"]}}, z.articles[id])
			}
			tickets = append(tickets, out)
		}
		answer(w, map[string]any{"Ticket": tickets})
	}
}

func (z *server) matches(t, in map[string]any) bool {
	for _, f := range z.fields { // unknown fields are ignored
		if filter, ok := in["DynamicField_"+f].(map[string]any); ok && t["DynamicField_"+f] != filter["Equals"] {
			return false
		}
	}
	if login, ok := in["CustomerUserLogin"]; ok && t["CustomerUser"] != login {
		return false
	}
	if number, ok := in["TicketNumber"]; ok && t["TicketNumber"] != number {
		return false
	}
	state, _ := t["State"].(string)
	types, _ := in["StateType"].([]any)
	return types == nil || slices.ContainsFunc(types, func(each any) bool {
		name, _ := each.(string)
		return strings.HasPrefix(state, name)
	})
}

func atoi(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

func (z *server) create(w http.ResponseWriter, in map[string]any) {
	const op = "TicketCreate"
	ticket, _ := in["Ticket"].(map[string]any)
	article, _ := in["Article"].(map[string]any)
	made := maps.Clone(ticket)
	if queue, _ := ticket["Queue"].(string); queue == "" {
		refuse(w, op, "MissingParameter", "Ticket->QueueID or Ticket->Queue parameter is required!")
		return
	} else if !slices.Contains(z.queues, queue) {
		refuse(w, op, "InvalidParameter", "Ticket->QueueID or Ticket->Queue parameter is invalid!")
		return
	}
	for _, each := range []struct {
		name string
		good []any
	}{
		{"State", []any{"new", "open", "closed successful"}},
		{"Priority", []any{"3 normal", "5 very high"}},
		{"Owner", []any{nil, "anna"}},
		{"Type", []any{nil, "Unclassified"}},
	} {
		if !slices.Contains(each.good, ticket[each.name]) {
			refuse(w, op, "InvalidParameter",
				fmt.Sprintf("Ticket->%[1]sID or Ticket->%[1]s parameter is invalid!", each.name))
			return
		}
	}
	if customer, _ := ticket["CustomerUser"].(string); !slices.Contains(z.customers, customer) {
		refuse(w, op, "InvalidParameter", "Ticket->CustomerUser parameter is invalid!")
		return
	}
	for _, name := range []string{"Subject", "Body", "ContentType"} {
		if text, _ := article[name].(string); text == "" {
			refuse(w, op, "MissingParameter", "Article->"+name+" parameter is missing!")
			return
		}
		made[name] = article[name]
	}
	for _, name := range []string{"CommunicationChannel", "SenderType", "ArticleType", "IsVisibleForCustomer"} {
		made[name] = article[name]
	}
	if list, ok := in["DynamicField"].([]any); ok {
		if len(list) == 0 {
			refuse(w, op, "MissingParameter", "DynamicField parameter is missing or not valid!")
			return
		}
		for _, each := range list {
			f, _ := each.(map[string]any)
			name, _ := f["Name"].(string)
			if !slices.Contains(z.fields, name) {
				refuse(w, op, "InvalidParameter", "DynamicField->Name parameter is invalid!")
				return
			}
			made["DynamicField_"+name] = f["Value"]
		}
	}
	if !z.rights {
		refuse(w, op, "AccessDenied", "Can not create tickets in this Queue!")
		return
	}
	z.tickets = append(z.tickets, made)
	made["TicketNumber"] = fmt.Sprintf("20261122100%05d", len(z.tickets))
	answer(w, map[string]any{
		"ArticleID": strconv.Itoa(len(z.tickets)), "TicketID": strconv.Itoa(len(z.tickets)),
		"TicketNumber": made["TicketNumber"],
	})
}

func (z *server) set(change func()) {
	z.mu.Lock()
	defer z.mu.Unlock()
	change()
}

// seen returns what the server has received.
func (z *server) seen() (tickets []map[string]any, signIns int, bodies []string) {
	z.mu.Lock()
	defer z.mu.Unlock()
	return slices.Clone(z.tickets), z.signIns, slices.Clone(z.bodies)
}

func (z *server) count(op string) int {
	z.mu.Lock()
	defer z.mu.Unlock()
	n := 0
	for _, c := range z.calls {
		if c == op {
			n++
		}
	}
	return n
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	_ = json.NewEncoder(w).Encode(v)
}

func refuse(w http.ResponseWriter, op, code, message string) {
	answer(w, map[string]any{
		"Error": map[string]string{"ErrorCode": op + "." + code, "ErrorMessage": op + ": " + message},
	})
}

func plain(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=UTF-8")
	w.WriteHeader(http.StatusInternalServerError)
	_, _ = io.WriteString(w, text)
}

// cut closes the connection without a reply.
func cut(w http.ResponseWriter) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		_ = conn.Close()
	}
}
