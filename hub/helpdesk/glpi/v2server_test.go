package glpi_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

const (
	clientID     = "client-1"
	clientSecret = "client-s3cret"
	hubPassword  = "hub-p4ssword"
)

// v2server is GLPI's api.php/v2 as its documentation, source and functional tests show it.
type v2server struct {
	mu       sync.Mutex
	tokens   map[string]bool
	signIns  int
	tickets  []map[string]any
	notes    map[string][]map[string]any // by "Followup" or "Task"
	noRights bool
	noTeam   bool // refuses people of tickets
}

func newV2Server() *v2server {
	return &v2server{tokens: map[string]bool{}, notes: map[string][]map[string]any{}}
}

// v2people are people as this API shows them.
func v2people() (list []map[string]any) {
	for _, p := range people {
		list = append(list, map[string]any{
			"id": p["id"], "username": p["name"], "realname": p["realname"], "firstname": p["firstname"],
			"phone": p["phone"], "phone2": p["phone2"], "mobile": p["mobile"], "emails": []any{},
			"is_active": p["is_active"] == 1, "is_deleted": p["is_deleted"] == 1,
		})
	}
	return list
}

var timeline = regexp.MustCompile(`^Assistance/Ticket/(\d+)/(Timeline/(Followup|Task)|TeamMember)$`)

func (s *v2server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	route := strings.TrimPrefix(r.URL.Path, "/glpi/api.php/")
	if route == "token" {
		s.token(w, r)
		return
	}
	if token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); !s.tokens[token] {
		v2refuse(w, http.StatusUnauthorized, "ERROR_UNAUTHENTICATED", "You are not authenticated")
		return
	}
	route = strings.TrimPrefix(route, "v2/")
	switch sub := timeline.FindStringSubmatch(route); {
	case r.Method == http.MethodPost:
		var in map[string]any
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			v2refuse(w, http.StatusBadRequest, "ERROR_INVALID_PARAMETER", "Invalid JSON")
			return
		}
		s.add(w, route, sub, in)
	case route == "Administration/User/Me":
		answer(w, http.StatusOK, map[string]any{"id": 2, "username": "glpi"})
	case route == "Administration/User":
		v2list(w, r, v2people())
	case route == "Dropdowns/ITILCategory":
		v2list(w, r, categories)
	case route == "Assistance/Ticket":
		v2list(w, r, s.tickets)
	case sub != nil:
		found := []map[string]any{}
		for _, n := range s.notes[sub[3]] {
			if n["of"] == sub[1] {
				found = append(found, n)
			}
		}
		answer(w, http.StatusOK, found)
	default:
		v2refuse(w, http.StatusNotFound, "ERROR_ITEM_NOT_FOUND", "Item not found")
	}
}

func (s *v2server) token(w http.ResponseWriter, r *http.Request) {
	form := func(name string) string { return r.PostFormValue(name) }
	switch {
	case form("client_id") != clientID || form("client_secret") != clientSecret || form("grant_type") != "password":
		answer(w, http.StatusUnauthorized, map[string]string{
			"error": "invalid_client", "error_description": "Client authentication failed",
		})
	case form("username") != "glpi" || form("password") != hubPassword || form("scope") != "api":
		answer(w, http.StatusBadRequest, map[string]string{
			"error": "invalid_grant", "error_description": "The user credentials were incorrect.",
		})
	default:
		s.signIns++
		token := fmt.Sprint("t0ken", s.signIns)
		s.tokens[token] = true
		answer(w, http.StatusOK, map[string]any{"token_type": "Bearer", "expires_in": 3600, "access_token": token})
	}
}

// v2list replies with the objects that match a filter of one condition.
func v2list(w http.ResponseWriter, r *http.Request, all []map[string]any) {
	query := r.URL.Query()
	filter := query.Get("filter")
	found := []map[string]any{}
	for _, each := range all {
		field, value, equal := strings.Cut(filter, "==")
		text, err := strconv.Unquote(value)
		switch {
		case filter == "", filter == "status.id=in=(1,2,3,4)" && fmt.Sprint(each["status"]) < "5":
			found = append(found, each)
		case equal && err == nil && strings.EqualFold(fmt.Sprint(each[field]), text):
			found = append(found, each)
		}
	}
	if query.Get("sort") == "id:desc" {
		slices.Reverse(found)
	}
	start, _ := strconv.Atoi(query.Get("start"))
	limit, _ := strconv.Atoi(query.Get("limit"))
	page := found[min(start, len(found)):min(start+limit, len(found))]
	status := http.StatusOK
	if start+limit < len(found) {
		status = http.StatusPartialContent
	}
	w.Header().Set("Content-Range", fmt.Sprintf("%d-%d/%d", start, start+len(page)-1, len(found)))
	answer(w, status, page)
}

func (s *v2server) add(w http.ResponseWriter, route string, sub []string, in map[string]any) {
	if s.noRights {
		v2refuse(w, http.StatusForbidden, "ERROR_RIGHT_MISSING", "You don't have permission to perform this action.")
		return
	}
	if route == "Assistance/Ticket" {
		if in["name"] == "" || in["content"] == "" {
			v2refuse(w, http.StatusBadRequest, "ERROR_INVALID_PARAMETER", "One or more parameters are invalid")
			return
		}
		id := len(s.tickets) + 1
		in["id"], in["team"] = id, []any{}
		if in["status"] == nil {
			in["status"] = 1
		}
		s.tickets = append(s.tickets, in)
		w.Header().Set("Location", fmt.Sprint("/api.php/v2/Assistance/Ticket/", id))
		answer(w, http.StatusCreated, map[string]any{"id": id, "href": fmt.Sprint("/Assistance/Ticket/", id)})
		return
	}
	id := 0
	if sub != nil {
		id, _ = strconv.Atoi(sub[1])
	}
	switch {
	case id < 1 || id > len(s.tickets):
		v2refuse(w, http.StatusNotFound, "ERROR_ITEM_NOT_FOUND", "Item not found")
	case sub[2] == "TeamMember":
		role, _ := in["role"].(float64)
		if s.noTeam || in["type"] != "User" || role < 1 || role > 2 {
			v2refuse(w, http.StatusBadRequest, "ERROR_INVALID_PARAMETER", "One or more parameters are invalid")
			return
		}
		team, _ := s.tickets[id-1]["team"].([]any)
		s.tickets[id-1]["team"] = append(team, map[string]any{
			"role": []string{"requester", "assigned"}[int(role)-1],
			"href": fmt.Sprint("/front/user.form.php?id=", in["id"]),
		})
		answer(w, http.StatusCreated, nil)
	default:
		in["of"], in["id"] = sub[1], len(s.notes[sub[3]])+1
		s.notes[sub[3]] = append(s.notes[sub[3]], in)
		w.Header().Set("Location", fmt.Sprint("/api.php/v2/", route, "/", in["id"]))
		answer(w, http.StatusCreated, map[string]any{"id": in["id"]})
	}
}

func v2refuse(w http.ResponseWriter, status int, code, title string) {
	answer(w, status, map[string]any{"status": code, "title": title, "detail": nil})
}
