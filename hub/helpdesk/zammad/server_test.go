package zammad_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
)

const (
	token     = "zammad-t0ken"
	callField = "callid"
)

// server is Zammad's REST API as its own request specs show it.
type server struct {
	mu       sync.Mutex
	fields   []string // own attributes of tickets
	hides    bool     // tells only administrators why it refuses
	admin    bool     // the token may act for others
	tickets  []map[string]any
	articles []map[string]any
	asked    []string // method and path
}

func newServer() *server { return &server{fields: []string{callField, "callnumber"}, admin: true} }

var people = []map[string]any{
	{"id": 1, "login": "-", "active": false, "roles": []string{}},
	{"id": 2, "login": "hub", "active": true, "roles": []string{"Agent", "Admin"}, "email": "hub@example.com"},
	{
		"id":     3,
		"login":  "anna",
		"active": true,
		"roles":  []string{"Agent"},
		"phone":  "101",
		"email":  "anna@example.com",
	},
	{
		"id": 4, "login": "ivanov", "active": true, "roles": []string{"Customer"}, "phone": "+7 (495) 123-45-67",
		"firstname": "Иван", "lastname": "Иванов", "email": "ivanov@example.com", "organization": "ACME",
	},
	{
		"id":        5,
		"login":     "petrova",
		"active":    true,
		"roles":     []string{"Customer"},
		"phone":     "8 (495) 123-45-67 ext. 12",
		"firstname": "Анна",
	},
	{"id": 6, "login": "unknown", "active": true, "roles": []string{"Customer"}},
	{"id": 7, "login": "gone", "active": false, "roles": []string{"Customer"}, "phone": "84951234569"},
}

func person(name string) (id int, ok bool) {
	for _, p := range people {
		if p["login"] == name || p["email"] == name {
			return p["id"].(int), true
		}
	}
	return 0, false
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, r.Method+" "+r.URL.Path)
	if r.Header.Get("Authorization") != "Token token="+token {
		refuse(w, http.StatusUnauthorized, "Invalid BasicAuth credentials")
		return
	}
	agent := "hub"
	if from := r.Header.Get("From"); from != "" {
		if !s.admin {
			refuse(w, http.StatusForbidden, "Current user has no permission to use 'From'/'X-On-Behalf-Of'!")
			return
		}
		if _, ok := person(from); !ok {
			refuse(w, http.StatusForbidden, "No such user '"+from+"'")
			return
		}
		agent = from
	}
	route := strings.TrimPrefix(r.URL.Path, "/api/v1/")
	query := r.URL.Query()
	switch {
	case r.Method == http.MethodPost && route == "tickets":
		s.create(w, r, agent)
	case r.Method == http.MethodPost && route == "ticket_articles":
		s.note(w, r, agent)
	case route == "tickets/search":
		s.search(w, r)
	case route == "tickets":
		list := []map[string]any{}
		for _, t := range s.tickets[:min(len(s.tickets), 1)] {
			list = append(list, s.full(t))
		}
		answer(w, http.StatusOK, list)
	case route == "ticket_customer":
		s.open(w, query.Get("customer_id"))
	case strings.HasPrefix(route, "ticket_articles/by_ticket/"):
		list := []map[string]any{}
		for _, a := range s.articles {
			if fmt.Sprint(a["ticket_id"]) == route[len("ticket_articles/by_ticket/"):] {
				list = append(list, a)
			}
		}
		answer(w, http.StatusOK, list)
	case route == "users/me":
		answer(w, http.StatusOK, people[1])
	case route == "users/search": // in every text of a user
		found := []map[string]any{}
		for _, p := range people {
			if strings.Contains(fmt.Sprint(p), query.Get("query")) {
				found = append(found, p)
			}
		}
		answer(w, http.StatusOK, found)
	case route == "users":
		page, _ := strconv.Atoi(query.Get("page"))
		per, _ := strconv.Atoi(query.Get("per_page"))
		first := min((page-1)*per, len(people))
		answer(w, http.StatusOK, people[first:min(first+per, len(people))])
	case route == "groups":
		answer(
			w,
			http.StatusOK,
			[]map[string]any{{"id": 1, "name": "Raw", "active": true}, {"id": 2, "name": "Old", "active": false}},
		)
	case route == "ticket_states":
		answer(
			w,
			http.StatusOK,
			[]map[string]any{{"id": 1, "name": "new", "active": true}, {"id": 4, "name": "closed", "active": true}},
		)
	case route == "ticket_priorities":
		answer(
			w,
			http.StatusOK,
			[]map[string]any{
				{"id": 2, "name": "2 normal", "active": true},
				{"id": 3, "name": "3 normal", "active": true},
			},
		)
	default:
		refuse(w, http.StatusNotFound, "No route matches [GET] "+r.URL.Path)
	}
}

// full is a ticket with all attributes.
func (s *server) full(t map[string]any) map[string]any {
	full := map[string]any{}
	for _, name := range s.fields {
		full[name] = nil
	}
	maps.Copy(full, t)
	return full
}

func (s *server) create(w http.ResponseWriter, r *http.Request, agent string) {
	var in map[string]any
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		refuse(w, http.StatusUnprocessableEntity, err.Error())
		return
	}
	article, _ := in["article"].(map[string]any)
	for _, each := range []struct {
		name string
		good []string
	}{
		{"group", []string{"Raw"}},
		{"state", []string{"", "new", "closed"}},
		{"priority", []string{"", "3 normal"}},
		{"owner", []string{"", "anna"}},
	} {
		if value, _ := in[each.name].(string); !slices.Contains(each.good, value) {
			s.unknown(w, each.name, value)
			return
		}
	}
	name, _ := in["customer"].(string)
	customer, ok := person(name)
	if !ok {
		s.unknown(w, "customer", name)
		return
	}
	if body, _ := article["body"].(string); body == "" {
		refuse(w, http.StatusUnprocessableEntity, `Need at least article: { body: "some text" }`)
		return
	}
	id := len(s.tickets) + 1
	t := map[string]any{
		"id": id, "number": strconv.Itoa(22000 + id), "title": in["title"],
		"customer_id": customer, "state": in["state"],
		"created_by": agent, "owner": in["owner"],
	}
	for name, value := range in {
		if slices.Contains(s.fields, name) { // others are dropped
			t[name] = value
		}
	}
	article["ticket_id"] = id
	s.tickets, s.articles = append(s.tickets, t), append(s.articles, article)
	answer(w, http.StatusCreated, s.full(t))
}

func (s *server) unknown(w http.ResponseWriter, name, value string) {
	if s.hides {
		answer(w, http.StatusUnprocessableEntity, map[string]any{
			"error": "Error ID 3xAmPlE: Please contact your administrator.",
		})
		return
	}
	refuse(w, http.StatusUnprocessableEntity, fmt.Sprintf("No lookup value found for '%s': %q", name, value))
}

func (s *server) note(w http.ResponseWriter, r *http.Request, agent string) {
	var in map[string]any
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		refuse(w, http.StatusUnprocessableEntity, err.Error())
		return
	}
	if id, _ := in["ticket_id"].(float64); id < 1 || int(id) > len(s.tickets) {
		refuse(w, http.StatusNotFound, fmt.Sprintf("Couldn't find Ticket with 'id'=%v", in["ticket_id"]))
		return
	}
	in["id"], in["created_by"] = len(s.articles)+1, agent
	s.articles = append(s.articles, in)
	answer(w, http.StatusCreated, in)
}

// search ignores a condition on an attribute that does not exist.
func (s *server) search(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	wanted := map[string]string{}
	for _, name := range append([]string{"number"}, s.fields...) {
		if value := query.Get("condition[ticket." + name + "][value]"); value != "" {
			wanted[name] = value
		}
	}
	found := []map[string]any{}
	for _, t := range s.tickets {
		good := true
		for name, value := range wanted {
			good = good && t[name] == value
		}
		if good {
			full := s.full(t)
			for _, p := range people {
				if p["id"] == t["customer_id"] && query.Get("expand") == "true" {
					full["customer"] = p["login"]
				}
			}
			found = append(found, full)
		}
	}
	answer(w, http.StatusOK, found)
}

func (s *server) open(w http.ResponseWriter, customer string) {
	open, closed, assets := []int{}, []int{}, map[string]any{}
	for i, t := range slices.Backward(s.tickets) {
		if fmt.Sprint(t["customer_id"]) != customer || len(open) == 15 {
			continue
		}
		assets[strconv.Itoa(i+1)] = s.full(t)
		if t["state"] == "closed" {
			closed = append(closed, i+1)
			continue
		}
		open = append(open, i+1)
	}
	answer(w, http.StatusOK, map[string]any{
		"ticket_ids_open": open, "ticket_ids_closed": closed, "assets": map[string]any{"Ticket": assets},
	})
}

// calls are the calls' ids of the tickets.
func (s *server) calls() (calls []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.tickets {
		call, _ := t[callField].(string)
		calls = append(calls, call)
	}
	return calls
}

func answer(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value)
}

func refuse(w http.ResponseWriter, status int, text string) {
	answer(w, status, map[string]any{"error": text, "error_human": text})
}
