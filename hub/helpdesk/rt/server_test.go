package rt_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// The custom fields of test/lab/rt.
const (
	callField   = "CallUniqueID"
	callerField = "CallerNumber"
)

type object = map[string]any

// server replies as Request Tracker 5.0.7 does, with its oddities: ids as strings or numbers, pages
// that are null or 0.0, names that it does not know are dropped, pages after the last one repeat it.
type server struct {
	*httptest.Server

	mu      sync.Mutex
	token   string
	queues  []string // the first has the id 3
	rights  map[string]bool
	fields  []string // the first has the id 2
	users   []object // the one changed last first
	tickets []*ticket
}

type ticket struct {
	created          object
	fields           map[string]string
	requestor, owner string
	into             string // the ticket that it is merged into
	minutes          int
	comments         []object
}

func newServer(t *testing.T) *server {
	s := &server{
		token: "1-31-secret", queues: []string{"Raw", "Support"}, fields: []string{callField, callerField},
		rights: map[string]bool{
			"CreateTicket": true, "AdminUsers": true, "ModifyCustomField": true, "CommentOnTicket": true,
		},
	}
	for _, u := range [][]string{
		{"traybell", "Tray Bell", "", ""},
		{"anna", "Anna Agent", "", ""},
		{"ivanov", "Ivan Ivanov", "+7 (495) 123-45-67", "8 916 765-43-21"},
		{"petrova", "Olga Petrova", "(495) 123-45-67 ext. 12; 84951234568", ""},
	} {
		s.users = append(s.users, object{
			"id": u[0], "type": "user", "Name": u[0], "RealName": u[1], "EmailAddress": u[0] + "@rt.lab",
			"Organization": "ACME", "WorkPhone": u[2], "MobilePhone": u[3], "HomePhone": "",
			"LastUpdated": "2026-11-29T06:11:36Z", "Privileged": "", "Disabled": "",
		})
	}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *server) calls() (calls []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.tickets {
		calls = append(calls, t.fields[callField])
	}
	return calls
}

func (s *server) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	path, rest := strings.CutPrefix(r.URL.Path, "/REST/2.0")
	switch {
	case !rest: // the sign-in page
		http.Redirect(w, r, "/NoAuth/Login.html?next=53c0e54f", http.StatusFound)
	case r.Header.Get("Authorization") != "token "+s.token:
		say(w, http.StatusUnauthorized, "Unauthorized")
	case r.Method == http.MethodPost:
		s.post(w, r, path)
	default:
		s.get(w, r, path)
	}
}

func (s *server) post(w http.ResponseWriter, r *http.Request, path string) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	var in object
	if err := json.Unmarshal(body, &in); err != nil {
		say(w, http.StatusBadRequest, "JSON parse error: "+err.Error())
		return
	}
	text := func(key string) string { v, _ := in[key].(string); return v }
	if path != "/ticket" {
		t := s.ticket(strings.TrimSuffix(strings.TrimPrefix(path, "/ticket/"), "/comment"))
		switch {
		case t == nil || !s.rights["CommentOnTicket"]:
			say(w, http.StatusBadRequest, "Permission Denied")
		case text("ContentType") == "":
			say(w, http.StatusBadRequest, "ContentType is a required field for comment")
		default:
			t.comments = append(t.comments, in)
			taken, _ := in["TimeTaken"].(float64)
			t.minutes += int(taken)
			answer(w, http.StatusCreated, []string{"Comments added"})
		}
		return
	}
	switch status := text("Status"); {
	case text("Queue") == "":
		say(w, http.StatusBadRequest, "Could not create ticket. Queue not set")
		return
	case !slices.Contains(s.queues, text("Queue")) || !s.rights["CreateTicket"]:
		say(w, http.StatusForbidden, "No permission to create tickets in the queue '"+text("Queue")+"'")
		return
	case status != "" && !slices.Contains([]string{"new", "open", "stalled", "resolved"}, status):
		say(w, http.StatusBadRequest, "Status '"+status+"' isn't a valid status for tickets in this queue.")
		return
	}
	t := &ticket{created: in, fields: map[string]string{}, owner: "Nobody"}
	if s.user(text("Owner")) != nil {
		t.owner = text("Owner")
	}
	if requestor := text("Requestor"); s.user(requestor) != nil || strings.Contains(requestor, "@") {
		t.requestor = requestor
	}
	given, _ := in["CustomFields"].(object)
	for name, value := range given {
		if slices.Contains(s.fields, name) && s.rights["ModifyCustomField"] {
			t.fields[name], _ = value.(string)
		}
	}
	s.tickets = append(s.tickets, t)
	id := strconv.Itoa(len(s.tickets))
	answer(w, http.StatusCreated, object{"type": "ticket", "id": id, "_url": s.URL + "/REST/2.0/ticket/" + id})
}

func (s *server) get(w http.ResponseWriter, r *http.Request, path string) {
	kind, name, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	query := r.URL.Query()
	switch {
	case kind == "rt":
		answer(w, http.StatusOK, object{"Version": "5.0.7+dfsg-4+deb13u3"})
	case kind == "queue":
		i := slices.Index(s.queues, name)
		if i < 0 {
			say(w, http.StatusForbidden, "Forbidden")
			return
		}
		answer(w, http.StatusOK, s.queue(i))
	case kind == "queues":
		var list []object
		for i, name := range s.queues {
			list = append(list, object{"id": strconv.Itoa(i + 3), "type": "queue", "Name": name})
		}
		answer(w, http.StatusOK, object{"pages": nil, "total": nil, "count": len(list), "items": list})
	case kind == "user":
		if u := s.user(name); u != nil {
			answer(w, http.StatusOK, u)
			return
		}
		say(w, http.StatusNotFound, "Not Found")
	case kind == "users":
		s.list(w, query.Get("page"), query.Get("per_page"))
	case kind == "tickets":
		s.search(w, query.Get("query"), query.Get("order"), query.Get("per_page"))
	case strings.HasSuffix(name, "/attachments"):
		items := []object{}
		if t := s.ticket(strings.TrimSuffix(name, "/attachments")); t != nil {
			items = append(items, object{"type": "attachment", "Content": t.created["Content"]})
			for _, c := range t.comments {
				items = append(items, object{"type": "attachment", "Content": c["Content"]})
			}
		}
		if query.Get("order") == "DESC" {
			slices.Reverse(items)
		}
		answer(w, http.StatusOK, object{"pages": nil, "total": nil, "count": len(items), "items": items})
	case kind == "ticket" && s.ticket(name) != nil:
		n := atoi(name)
		if into := s.ticket(name).into; into != "" {
			name, n = into, atoi(into)
		}
		t := s.ticket(name).show(name)
		t["id"] = n // a number here, a string in lists
		answer(w, http.StatusOK, t)
	default:
		say(w, http.StatusNotFound, "Not Found")
	}
}

func (s *server) queue(i int) object {
	fields := []object{}
	for n, f := range s.fields {
		fields = append(fields, object{
			"id": strconv.Itoa(n + 2), "type": "customfield", "ref": "customfield", "name": f,
		})
	}
	links := []object{{"ref": "self", "type": "queue", "id": i + 3}, {"ref": "history"}}
	if s.rights["CreateTicket"] {
		links = append(links, object{"ref": "create", "type": "ticket"})
	}
	return object{"id": i + 3, "Name": s.queues[i], "TicketCustomFields": fields, "_hyperlinks": links}
}

func (s *server) user(name string) object {
	for _, u := range s.users {
		if u["Name"] == name {
			return u
		}
	}
	return nil
}

func atoi(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

func (s *server) ticket(id string) *ticket {
	if n, err := strconv.Atoi(id); err == nil && n > 0 && n <= len(s.tickets) {
		return s.tickets[n-1]
	}
	return nil
}

func (t *ticket) show(id string) object {
	requestors, fields := []object{}, []object{}
	if t.requestor != "" {
		requestors = append(requestors, object{"type": "user", "id": t.requestor})
	}
	for name, value := range t.fields {
		values := []any{}
		if n, err := strconv.ParseInt(value, 10, 64); err == nil {
			values = append(values, n) // SQLite
		} else if value != "" {
			values = append(values, value)
		}
		fields = append(fields, object{"name": name, "type": "customfield", "values": values})
	}
	return object{
		"id": id, "type": "ticket", "Subject": t.created["Subject"], "Status": t.created["Status"],
		"Requestor": requestors, "CustomFields": fields,
	}
}

// list is the list of users.
func (s *server) list(w http.ResponseWriter, page, perPage string) {
	per, _ := strconv.Atoi(perPage)
	per = max(1, min(per, 100))
	pages := (len(s.users) + per - 1) / per
	n, _ := strconv.Atoi(page)
	n = max(1, min(n, pages))
	items := []object{}
	for _, u := range s.users[(n-1)*per : min(n*per, len(s.users))] {
		shown := object{}
		for key, value := range u {
			if s.rights["AdminUsers"] || !strings.HasSuffix(key, "Phone") {
				shown[key] = value
			}
		}
		items = append(items, shown)
	}
	reply := object{
		"total": len(s.users), "pages": pages, "page": n, "per_page": per, "count": len(items), "items": items,
	}
	if n < pages {
		reply["next_page"] = fmt.Sprintf("%s/REST/2.0/users?page=%d", s.URL, n+1)
	}
	answer(w, http.StatusOK, reply)
}

var (
	byField     = regexp.MustCompile(`^CF\.\{([^}]*)\} = '((?:[^'\\]|\\.)*)'$`)
	byRequestor = regexp.MustCompile(`^Requestor\.Name = '((?:[^'\\]|\\.)*)' AND Status = '__Active__'$`)
	escaped     = regexp.MustCompile(`\\(.)`)
)

func (s *server) search(w http.ResponseWriter, ticketSQL, order, perPage string) {
	items := []object{}
	field, requestor := byField.FindStringSubmatch(ticketSQL), byRequestor.FindStringSubmatch(ticketSQL)
	if field == nil && requestor == nil {
		say(w, http.StatusBadRequest, "Wrong query, expecting a AGGREGATOR in '"+
			ticketSQL+">1<--here' at RT/Tickets.pm line 3379.")
		return
	}
	for i, t := range s.tickets {
		if field != nil && t.fields[field[1]] == escaped.ReplaceAllString(field[2], "$1") && t.fields[field[1]] != "" ||
			requestor != nil && t.requestor == escaped.ReplaceAllString(requestor[1], "$1") && t.requestor != "" {
			items = append(items, t.show(strconv.Itoa(i+1)))
		}
	}
	if order == "DESC" {
		slices.Reverse(items)
	}
	per, _ := strconv.Atoi(perPage)
	total := len(items)
	items = items[:min(total, per)]
	var pages any = 0.0
	if total > 0 {
		pages = 1
	}
	answer(w, http.StatusOK, object{"pages": pages, "page": 1, "total": total, "count": len(items), "items": items})
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", `application/json; charset="utf-8"`)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

func say(w http.ResponseWriter, status int, message string) {
	answer(w, status, object{"message": message})
}
